"""Let time pass in a demonstration, and wait for the real worker to carry out what falls due."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from config import clock as demonstration_clock
from trial import clock
from trial.errors import RuleViolation
from trial.models import Study
from trial.services.studies import service_user

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_PERIOD = re.compile(r"(?P<number>[1-9][0-9]{0,4})(?P<unit>[dhm])")
_ASK_EVERY_S = 0.2


class Command(BaseCommand):
    help = "Move the clock of a demonstration forward (7d, 36h, 30m, or to the next due thing) and wait for the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--advance", metavar="PERIOD", help="how far: 7d, 36h or 30m")
        how.add_argument("--to-next", action="store_true", help="to the earliest thing that is planned")
        parser.add_argument(
            "--wait", type=float, default=30.0, metavar="SECONDS", help="how long to wait for the worker"
        )

    def handle(self, *args: object, **options: object) -> None:
        study = Study.objects.order_by("id").first()
        if study is None:
            raise CommandError("This installation holds no study.")
        before = clock.now()
        period = options["advance"]
        step = _period(str(period)) if period else demonstration_clock.step_to_next(study, at=before)
        if step is None:
            raise CommandError("Nothing is planned: there is no next due thing.")
        try:
            now = demonstration_clock.move(step=step, by=service_user())
        except RuleViolation as refused:
            raise CommandError("; ".join(reason.message for reason in refused.reasons)) from refused
        self.stdout.write(f"It is now {now:%Y-%m-%d %H:%M} UTC in the trial.")
        deadline = time.monotonic() + float(str(options["wait"]))
        while not demonstration_clock.caught_up(until=now):
            if time.monotonic() > deadline:
                raise CommandError("The clock has moved, but no worker has swept yet. Is one running?")
            time.sleep(_ASK_EVERY_S)
        lines = demonstration_clock.fired(study, since=before, most=1000)
        for line in lines:
            self.stdout.write(f"{line.due_at:%Y-%m-%d %H:%M} UTC  {line.what}")
        self.stdout.write(f"{len(lines)} due things carried out.")


def _period(text: str) -> timedelta:
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise CommandError(f"“{text}” is not a period: write 7d, 36h or 30m.")
    return timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
