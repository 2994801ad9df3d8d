"""The interviews on family support: one by the principal investigator, one by the social worker, each signed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from enrollment.rules.states import InterviewKind


class SupportInterview(models.Model):
    """``supported`` is what the interviewer found. It counts until it is withdrawn or held again.

    Source: Protocol inclusion 3; validity as in ``enrollment.rules.support``.
    """

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="interviews")
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in InterviewKind])
    held_on = models.DateField()
    supported = models.BooleanField()
    note = models.TextField(blank=True)
    signature = models.OneToOneField("trial.ElectronicSignature", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind"], condition=Q(withdrawn_at__isnull=True), name="one_interview_in_force"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="", withdrawn_by__isnull=True)
                | (Q(withdrawn_at__gte=F("recorded_at"), withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="interview_withdrawn_with_reason",
            ),
        ]
