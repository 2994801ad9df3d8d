"""Whether a cohort may be dosed, and what holds dosing. Both are asked by allocation and by infusion.

Absence means no: a cohort without a clearance in force is closed.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from trial.rules.states import ClearanceBasis, HoldKind


class CohortClearance(models.Model):
    """A period in which a cohort may be dosed. Opened once by a signed decision, revoked once and for ever (latched).

    ``signatures`` names the signature rows that the database verified when it accepted this row.
    """

    cohort = models.ForeignKey("trial.Cohort", on_delete=models.PROTECT, related_name="clearances")
    basis = models.CharField(max_length=16, choices=[(b.value, b.value) for b in ClearanceBasis])
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    valid_until = models.DateTimeField(null=True, blank=True)
    decision_sha256 = models.CharField(max_length=64, null=True, blank=True, unique=True)
    signatures = ArrayField(models.BigIntegerField(), default=list)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["cohort", "opened_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(basis="FIRST_COHORT", decision_sha256__isnull=True)
                | Q(basis="GATE_DECISION", decision_sha256__isnull=False),
                name="clearance_basis_fits",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="")
                | (Q(revoked_at__gte=F("opened_at")) & ~Q(revoked_reason="")),
                name="clearance_revoked_with_reason",
            ),
            models.UniqueConstraint(
                fields=["cohort"], condition=Q(revoked_at__isnull=True), name="one_clearance_in_force"
            ),
        ]


class DosingHold(models.Model):
    """Dosing is held for the study, a cohort or a subject, from ``placed_at`` until a signed lift.

    ``subject_code`` stands for the subject, whom this app does not know. A hold never ends by itself.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="holds")
    cohort = models.ForeignKey("trial.Cohort", on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    subject_code = models.CharField(max_length=24, blank=True)
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in HoldKind])
    reason = models.TextField()
    cause = models.CharField(max_length=80, blank=True)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_signatures = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [models.Index(fields=["study"], condition=Q(lifted_at__isnull=True), name="holds_in_force")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
            models.CheckConstraint(condition=Q(cohort__isnull=True) | Q(subject_code=""), name="hold_has_one_scope"),
            models.UniqueConstraint(
                fields=["study", "kind", "cause"],
                condition=~Q(cause="") & Q(lifted_at__isnull=True),
                name="one_hold_per_cause",
            ),
        ]

    @property
    def scope(self) -> str:
        if self.subject_code:
            return self.subject_code
        return str(self.cohort) if self.cohort_id else "Study"
