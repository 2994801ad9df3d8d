"""Moving the clock of a demonstration, with everything that then falls due carried out by the real worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kombu.exceptions import OperationalError

from config.celery import app
from followup.services import visit_plans
from safety.services import due_reviews
from trial.models import DueItem, Study, User
from trial.services import due, sweeps
from trial.services.demonstration import advance

_log = logging.getLogger(__name__)
SWEEP = "config.tasks.sweep"
# A moment past the due time, so that the item is due when the sweep reads the clock.
_JUST_PAST = timedelta(seconds=1)
KIND_WORDS: Mapping[str, str] = {
    visit_plans.REMINDER: "Reminder of a visit",
    visit_plans.OVERDUE: "A visit became overdue",
    due_reviews.KIND: "A gate review became due",
}


@dataclass(frozen=True, slots=True)
class DueLine:
    what: str
    due_at: datetime


def move(*, step: timedelta, by: User) -> datetime:
    """Move the clock and call the sweep; answers the new trial time. Raises ``RuleViolation`` where it cannot move."""
    now = advance(step=step, by=by)
    # The clock is committed. Without a broker the periodic sweep comes all the same, only later.
    try:
        app.send_task(SWEEP, retry=False)
    except OperationalError:
        _log.warning("The broker did not take the sweep.")
    return now


def step_to_next(study: Study, *, at: datetime) -> timedelta | None:
    """How far it is to the earliest thing that is due; zero if one is due already, None if nothing is planned."""
    item = due.open_items(study).first()
    return None if item is None else max(item.due_at - at, timedelta(0)) + _JUST_PAST


def caught_up(*, until: datetime) -> bool:
    """Whether a sweep has looked at everything up to that trial time."""
    swept = sweeps.swept_until()
    return swept is not None and swept >= until


def nothing_waits(study: Study, *, at: datetime) -> bool:
    """Whether everything that was due until then is carried out."""
    return not due.open_items(study).filter(due_at__lte=at).exists()


def coming(study: Study, *, most: int) -> tuple[DueLine, ...]:
    return tuple(_line(item) for item in due.open_items(study)[:most])


def fired(study: Study, *, since: datetime, most: int) -> tuple[DueLine, ...]:
    """What was carried out at or after that trial time, in the order in which it had been due."""
    items = DueItem.objects.filter(study=study, done_at__gte=since).order_by("due_at", "id")
    return tuple(_line(item) for item in items[:most])


def _line(item: DueItem) -> DueLine:
    return DueLine(KIND_WORDS.get(item.kind, item.kind.replace("_", " ").capitalize()), item.due_at)
