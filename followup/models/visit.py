"""A visit of a subject with its window, and the answer to the question about adverse events."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from followup.rules.states import AdverseEventAnswer, VisitState


class Visit(models.Model):
    """Planned from the infusions that took place; windows are instants derived from site-local days."""

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="visits")
    code = models.CharField(max_length=12)
    infusion_number = models.PositiveSmallIntegerField(null=True, blank=True)
    merged_with = models.CharField(max_length=12, blank=True)
    sequence = models.PositiveSmallIntegerField()
    nominal_on = models.DateField(null=True, blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in VisitState], default="PLANNED")
    done_at = models.DateTimeField(null=True, blank=True)
    adverse_events_asked = models.CharField(
        max_length=4, blank=True, choices=[(a.value, a.value) for a in AdverseEventAnswer if a.value]
    )
    note = models.TextField(blank=True)
    missed_reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "code"], name="visit_code_once"),
            models.CheckConstraint(
                condition=~Q(state="DONE")
                | (Q(done_at__isnull=False, recorded_by__isnull=False) & ~Q(adverse_events_asked="")),
                name="visit_done_and_asked",
            ),
            models.CheckConstraint(condition=~Q(state="MISSED") | ~Q(missed_reason=""), name="missed_why"),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gte=F("opens_at")),
                name="visit_window",
            ),
        ]
        indexes = [models.Index(fields=["closes_at"], condition=Q(state="PLANNED"), name="visits_open")]

    def __str__(self) -> str:
        return f"{self.subject} {self.code}"
