"""What is watched and done around an infusion: pauses, premedication, vital signs, an infusion against the guard."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from dosing.rules.states import AlertAction, PauseReason


class Interruption(models.Model):
    """A pause of a running infusion, until it is resumed or the infusion ends."""

    infusion = models.ForeignKey("dosing.Infusion", on_delete=models.PROTECT, related_name="interruptions")
    paused_at = models.DateTimeField()
    paused_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=[(r.value, r.value) for r in PauseReason])
    note = models.TextField(blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["paused_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["infusion"], condition=Q(resumed_at__isnull=True), name="one_interruption_open"
            ),
            models.CheckConstraint(
                condition=Q(resumed_at__isnull=True) | Q(resumed_at__gte=F("paused_at")), name="resumed_after_pause"
            ),
        ]


class Premedication(models.Model):
    """A drug given before the infusion, as it was given. Append-only: a correction voids and enters again."""

    infusion = models.ForeignKey("dosing.Infusion", on_delete=models.PROTECT, related_name="premedications")
    drug = models.CharField(max_length=80)
    dose = models.DecimalField(max_digits=9, decimal_places=3)
    unit = models.CharField(max_length=16)
    route = models.CharField(max_length=24)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_reason="")
                | (Q(voided_at__isnull=False) & ~Q(voided_reason="")),
                name="premedication_voided_why",
            ),
        ]


class VitalSigns(models.Model):
    """One time point of the series: as observed, or why it was not.

    ``point`` is its code in the protocol's schedule ("S-15" minutes to the start, "E+30" from the end), "X" an extra
    one. A correction is a later row that ``replaces`` the earlier one. ``alerts``: codes of the protocol's limits that
    the values touch, computed when they were entered. Units: /min, mmHg, degrees Celsius, %, L/min.
    """

    infusion = models.ForeignKey("dosing.Infusion", on_delete=models.PROTECT, related_name="vital_signs")
    point = models.CharField(max_length=8)
    taken_at = models.DateTimeField(null=True, blank=True)
    not_done_reason = models.TextField(blank=True)
    heart_rate = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    respiratory_rate = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    systolic_pressure = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    diastolic_pressure = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    oxygen_saturation = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    oxygen_flow = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    inspired_oxygen = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    symptoms = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    comment = models.TextField(blank=True)
    alerts = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    observer = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    replaced_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["infusion", "point"],
                condition=Q(replaces__isnull=True) & ~Q(point="X"),
                name="vital_signs_once",
            ),
            models.CheckConstraint(
                condition=(Q(taken_at__isnull=False, not_done_reason=""))
                | (Q(taken_at__isnull=True) & ~Q(not_done_reason="")),
                name="vital_signs_taken_or_why_not",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, replaced_reason="")
                | (Q(replaces__isnull=False) & ~Q(replaced_reason="")),
                name="vital_signs_corrected_why",
            ),
        ]


class AlertAnswer(models.Model):
    """What somebody did about the alerts of a time point, in a closed list and in words. Append-only."""

    vital_signs = models.OneToOneField(VitalSigns, on_delete=models.PROTECT, related_name="answer")
    action = models.CharField(max_length=12, choices=[(a.value, a.value) for a in AlertAction])
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")


class GuardBreach(models.Model):
    """An infusion that happened in spite of the guard, as it was reported: which conditions it violated, and why.

    Written together with a deviation and a hold, in one transaction, and signed; the database accepts the start only
    then, and no breach without its start. Append-only. Source: decision 13.
    """

    infusion = models.OneToOneField("dosing.Infusion", on_delete=models.PROTECT, related_name="breach")
    reported_by = models.CharField(max_length=120)
    reason = models.TextField()
    violated = ArrayField(models.CharField(max_length=40))
    deviation = models.OneToOneField("trial.Deviation", on_delete=models.PROTECT, related_name="+")
    hold = models.ForeignKey("trial.DosingHold", on_delete=models.PROTECT, related_name="+")
    signature = models.OneToOneField("trial.ElectronicSignature", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="breach_has_reason")]
