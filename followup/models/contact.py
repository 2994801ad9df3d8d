"""A telephone call in which an investigator asked a participant about adverse events."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from followup.rules.states import AdverseEventAnswer


class TelephoneContact(models.Model):
    """What was answered is never changed. A contact entered by mistake is voided with a reason, and counts no more."""

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="telephone_contacts")
    contacted_at = models.DateTimeField()
    adverse_events_asked = models.CharField(
        max_length=4, choices=[(a.value, a.value) for a in AdverseEventAnswer if a.value]
    )
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    voided_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-contacted_at", "-id"]
        indexes = [models.Index(fields=["subject", "-contacted_at"], name="contacts_of_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(adverse_events_asked__in=[a.value for a in AdverseEventAnswer if a.value]),
                name="contact_asked",
            ),
            models.CheckConstraint(condition=Q(contacted_at__lte=F("recorded_at")), name="contact_before_its_entry"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, voided_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(voided_reason="")),
                name="contact_voided_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} telephone {self.contacted_at:%Y-%m-%d}"
