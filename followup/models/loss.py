"""A participant who could not be reached any more, and who was perhaps found again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class LossToFollowUp(models.Model):
    """``lost_on``: site-local day from which nobody reached the participant. ``attempts``: how they were looked for.

    A loss is never taken away: being found ends it, and the next one is a row of its own.
    """

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="losses")
    lost_on = models.DateField()
    attempts = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField(null=True, blank=True)
    found_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    found_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["subject"], condition=Q(found_at__isnull=True), name="lost_once_at_a_time"),
            models.CheckConstraint(condition=~Q(attempts=""), name="lost_after_attempts"),
            models.CheckConstraint(
                condition=Q(found_at__isnull=True, found_by__isnull=True, found_reason="")
                | (Q(found_at__gte=F("recorded_at"), found_by__isnull=False) & ~Q(found_reason="")),
                name="found_by_whom_and_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} lost on {self.lost_on}"
