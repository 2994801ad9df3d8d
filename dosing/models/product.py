"""The cell product: donor lots with their release tests, and the units (bags) they are divided into."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from dosing.rules.states import LotState, UnitState


class ProductLot(models.Model):
    """A lot stands in quarantine until quality assurance signs its release. ``donor_code`` names no person.

    ``conditional_signature``: released while a late test (sterility) was pending, by a signature of its own.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="product_lots")
    number = models.CharField(max_length=32)
    donor_code = models.CharField(max_length=32)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in LotState], default="QUARANTINED")
    released_at = models.DateTimeField(null=True, blank=True)
    release_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="released_lot"
    )
    conditional_signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rejected_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="lot_number_once"),
            models.CheckConstraint(
                condition=~Q(state="RELEASED") | Q(released_at__isnull=False, release_signature__isnull=False),
                name="release_is_signed",
            ),
            models.CheckConstraint(condition=~Q(state="REJECTED") | ~Q(rejected_reason=""), name="rejected_why"),
        ]

    def __str__(self) -> str:
        return self.number


class ReleaseTest(models.Model):
    """A result against a release criterion of the protocol. ``value`` for numeric tests, ``result`` for the others."""

    lot = models.ForeignKey(ProductLot, on_delete=models.PROTECT, related_name="release_tests")
    code = models.CharField(max_length=32)
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    result = models.CharField(max_length=40, blank=True)
    tested_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "code"], name="release_test_once"),
            models.CheckConstraint(condition=Q(value__isnull=False) | ~Q(result=""), name="release_test_has_result"),
        ]


class ProductUnit(models.Model):
    """A bag. It is assigned to one subject and one infusion, issued once, infused once.

    ``uuid`` is what its label's code says; ``place`` where it is stored now.
    """

    lot = models.ForeignKey(ProductLot, on_delete=models.PROTECT, related_name="units")
    number = models.CharField(max_length=32)
    uuid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    place = models.CharField(max_length=80, blank=True)
    total_cells = models.DecimalField(max_digits=14, decimal_places=0)
    volume_ml = models.DecimalField(max_digits=8, decimal_places=2)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in UnitState], default="IN_STOCK")
    assigned_subject = models.ForeignKey(
        "enrollment.Subject", on_delete=models.PROTECT, null=True, blank=True, related_name="product_units"
    )
    assigned_infusion_number = models.PositiveSmallIntegerField(null=True, blank=True)
    thawed_at = models.DateTimeField(null=True, blank=True)
    use_by_at = models.DateTimeField(null=True, blank=True)
    viability = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "number"], name="unit_number_once"),
            models.CheckConstraint(condition=Q(total_cells__gt=0, volume_ml__gt=0), name="unit_holds_cells"),
            models.CheckConstraint(
                condition=Q(viability__isnull=True) | Q(viability__gt=0, viability__lte=1), name="viability_fraction"
            ),
            models.CheckConstraint(
                condition=Q(assigned_subject__isnull=True, assigned_infusion_number__isnull=True)
                | Q(assigned_subject__isnull=False, assigned_infusion_number__isnull=False),
                name="unit_assigned_whole",
            ),
            models.CheckConstraint(
                condition=Q(thawed_at__isnull=True, use_by_at__isnull=True)
                | Q(thawed_at__isnull=False, use_by_at__isnull=False),
                name="thaw_sets_use_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot.number}/{self.number}"
