"""Tell the second chapter of the demonstration's story: cohort 2 opens, and its first infusion is running."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from config.demonstration import chapter_two
from trial.errors import RuleViolation
from trial.models import Deployment, Study


class Command(BaseCommand):
    help = "Go on with the story of a demonstration: the missing signature is given, and an infusion is in progress."

    def handle(self, *args: object, **options: object) -> None:
        deployment = Deployment.objects.first()
        study = Study.objects.order_by("id").first()
        if deployment is None or study is None or not deployment.is_demonstration:
            raise CommandError("Only a demonstration has a story.")
        try:
            infusion = chapter_two.tell(study)
        except RuleViolation as refused:
            raise CommandError("; ".join(reason.message for reason in refused.reasons)) from refused
        self.stdout.write(f"Infusion {infusion.number} of {infusion.subject.code} is running.")
