"""Tell the story of the demonstration trial, once."""

from __future__ import annotations

import time
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from config.demonstration.story import Story
from trial import clock
from trial.models import Deployment, Study, User
from trial.rules.site_time import site_date

# The story ends at half past eight in the morning; before that hour it ends the day before, never past true time.
_ENDS_AT_HOUR = 9


class Command(BaseCommand):
    help = "Fill a new demonstration with its story, by driving the real services. Does nothing a second time."

    def handle(self, *args: object, **options: object) -> None:
        deployment = Deployment.objects.first()
        if deployment is None or not deployment.is_demonstration:
            raise CommandError("Only a demonstration has a story. A real deployment begins empty.")
        if User.objects.filter(is_service=False).exists():
            self.stdout.write("The demonstration trial is there already.")
            return
        began = time.monotonic()
        zone = Study.objects.get().sites.get().timezone
        ends_on = site_date(clock.true_now() - timedelta(hours=_ENDS_AT_HOUR), timezone=zone)
        Story(ends_on=ends_on).tell()
        self.stdout.write(f"The demonstration trial was told in {time.monotonic() - began:.1f} s.")
