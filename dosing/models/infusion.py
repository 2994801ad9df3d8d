"""The infusion, and the facts of its day without which it may not start."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from dosing.rules.states import STARTED, DoseModel, InfusionState, NotGivenBecause, PregnancyResult, StopReason


class Infusion(models.Model):
    """One planned or given infusion. The database itself refuses a start while any guard reason stands (trigger).

    Two people check the identity, each with a signature: the one who infuses first, then the second person.
    """

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="infusions")
    number = models.PositiveSmallIntegerField()
    protocol_version = models.ForeignKey("trial.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in InfusionState], default="PLANNED")
    planned_on = models.DateField()
    unit = models.ForeignKey(
        "dosing.ProductUnit", on_delete=models.PROTECT, null=True, blank=True, related_name="infusions"
    )
    identity_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="verified_infusion"
    )
    first_identity_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    performed_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    late_entry_reason = models.TextField(blank=True)
    interval_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    planned_volume_ml = models.DecimalField(max_digits=8, decimal_places=1, null=True, blank=True)
    infused_volume_ml = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    given_million_per_kg = models.DecimalField(max_digits=9, decimal_places=5, null=True, blank=True)
    stop_reason = models.CharField(max_length=12, blank=True, choices=[(s.value, s.value) for s in StopReason])
    stop_note = models.TextField(blank=True)
    not_given_because = models.CharField(
        max_length=16, blank=True, choices=[(n.value, n.value) for n in NotGivenBecause]
    )
    not_given_reason = models.TextField(blank=True)
    dose_model = models.CharField(max_length=8, choices=[(m.value, m.value) for m in DoseModel], default="VOLUME")
    access_site = models.CharField(max_length=80, blank=True)
    line_filter = models.CharField(max_length=80, blank=True)
    rate_ml_per_h = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    flush_ml = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    residual_volume_ml = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    emergency_equipment_checked_at = models.DateTimeField(null=True, blank=True)
    observation_ended_at = models.DateTimeField(null=True, blank=True)
    discharged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="infusion_number_once"),
            models.UniqueConstraint(fields=["unit"], condition=Q(started_at__isnull=False), name="unit_infused_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="infusion_number_from_one"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(STARTED), started_at__isnull=False)
                | (~Q(state__in=sorted(STARTED)) & Q(started_at__isnull=True)),
                name="started_state_has_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="infusion_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["COMPLETED", "STOPPED_EARLY"])
                | Q(ended_at__isnull=False, infused_volume_ml__isnull=False, given_million_per_kg__isnull=False),
                name="ended_infusion_is_whole",
            ),
            models.CheckConstraint(condition=~Q(state="STOPPED_EARLY") | ~Q(stop_reason=""), name="stopped_why"),
            models.CheckConstraint(condition=~Q(state="NOT_GIVEN") | ~Q(not_given_reason=""), name="not_given_why"),
        ]
        indexes = [models.Index(fields=["started_at"])]

    def __str__(self) -> str:
        return f"{self.subject} infusion {self.number}"


class PreDoseCheck(models.Model):
    """The facts of the day, each with its time: they expire."""

    infusion = models.OneToOneField(Infusion, on_delete=models.PROTECT, related_name="pre_dose_check")
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    weight_measured_at = models.DateTimeField(null=True, blank=True)
    weight_confirmed_note = models.TextField(blank=True)
    pregnancy_result = models.CharField(
        max_length=16, blank=True, choices=[(s.value, s.value) for s in PregnancyResult]
    )
    pregnancy_collected_at = models.DateTimeField(null=True, blank=True)
    laboratory_collected_at = models.DateTimeField(null=True, blank=True)
    laboratory_acceptable = models.BooleanField(null=True, blank=True)
    signoff_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="signed_off_check"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weight_kg__isnull=True, weight_measured_at__isnull=True)
                | Q(weight_kg__gt=0, weight_measured_at__isnull=False),
                name="weight_has_time",
            ),
            models.CheckConstraint(
                condition=Q(pregnancy_result__in=["", "not_applicable"]) | Q(pregnancy_collected_at__isnull=False),
                name="pregnancy_test_has_time",
            ),
        ]
