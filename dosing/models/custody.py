"""The chain of custody of the product, its storage temperatures, and what happens when one was out of limits."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from dosing.rules.states import CustodyStep, ExcursionDecision


class CustodyEvent(models.Model):
    """One link of the chain, for a unit or (``unit`` empty) for the whole lot. Append-only.

    ``second_signature`` is that of another person, where the step asks for two (domain 6.2, marked with a 2).
    ``temperature_celsius`` as read at that time; ``volume_ml`` what came back, or was destroyed.
    Source: Taiwan GCP Art. 93; ``docs/adr/0011-chain-of-custody.md``.
    """

    lot = models.ForeignKey("dosing.ProductLot", on_delete=models.PROTECT, related_name="custody")
    unit = models.ForeignKey(
        "dosing.ProductUnit", on_delete=models.PROTECT, null=True, blank=True, related_name="custody"
    )
    step = models.CharField(max_length=20, choices=[(s.value, s.value) for s in CustodyStep])
    happened_at = models.DateTimeField()
    place = models.CharField(max_length=80, blank=True)
    temperature_celsius = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    volume_ml = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    second_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["happened_at", "id"]
        indexes = [models.Index(fields=["unit", "happened_at", "id"], name="custody_of_unit")]


class TemperatureLog(models.Model):
    """A logger file as it was imported: where it was measured, over which time, and its hash. Append-only."""

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=80)
    limit_code = models.CharField(max_length=32)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    readings = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    lowest_celsius = models.DecimalField(max_digits=6, decimal_places=2)
    highest_celsius = models.DecimalField(max_digits=6, decimal_places=2)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "sha256"], name="temperature_log_once")]


class TemperatureExcursion(models.Model):
    """A time outside the limits, from a logger file or reported by a person. Its units stand in quarantine."""

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    log = models.ForeignKey(TemperatureLog, on_delete=models.PROTECT, null=True, blank=True, related_name="excursions")
    place = models.CharField(max_length=80)
    limit_code = models.CharField(max_length=32)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    worst_celsius = models.DecimalField(max_digits=6, decimal_places=2)
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="excursion_ends_after_start"
            ),
        ]


class Quarantine(models.Model):
    """A unit set aside, why, and the signed decision of quality assurance. ``state_before``: what it returns to."""

    unit = models.ForeignKey("dosing.ProductUnit", on_delete=models.PROTECT, related_name="quarantines")
    excursion = models.ForeignKey(
        TemperatureExcursion, on_delete=models.PROTECT, null=True, blank=True, related_name="quarantines"
    )
    reason = models.TextField()
    state_before = models.CharField(max_length=12)
    began_at = models.DateTimeField()
    began_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(
        max_length=8, blank=True, choices=[(d.value, d.value) for d in ExcursionDecision if d.value]
    )
    rationale = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(decision=""), name="one_quarantine_open"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decision_signature__isnull=True)
                | (Q(decided_at__isnull=False, decision_signature__isnull=False) & ~Q(decision="") & ~Q(rationale="")),
                name="quarantine_decided_whole",
            ),
        ]


class RecipientFollowUp(models.Model):
    """Somebody received product of a lot of which something was found later: seen to one by one, nobody forgotten."""

    lot = models.ForeignKey("dosing.ProductLot", on_delete=models.PROTECT, related_name="recipient_follow_ups")
    infusion = models.ForeignKey("dosing.Infusion", on_delete=models.PROTECT, related_name="product_follow_ups")
    finding = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "infusion", "finding"], name="recipient_followed_up_once"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")
                | (Q(closed_at__gte=F("opened_at"), closed_by__isnull=False) & ~Q(outcome="")),
                name="follow_up_closed_with_outcome",
            ),
        ]
