"""A subject in a cohort slot."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Allocation(models.Model):
    """``subject_number`` counts the subjects dosed or to be dosed: 1-10 as planned, from 11 on replacements.

    ``passed_over``: codes of those who waited longer at that moment, ``order_reason`` why this subject came before
    them.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="allocations")
    subject = models.OneToOneField("enrollment.Subject", on_delete=models.PROTECT, related_name="allocation")
    slot = models.ForeignKey("trial.Slot", on_delete=models.PROTECT, related_name="allocations")
    subject_number = models.PositiveSmallIntegerField()
    allocated_at = models.DateTimeField()
    allocated_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    passed_over = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    order_reason = models.TextField(blank=True)
    vacated_at = models.DateTimeField(null=True, blank=True)
    vacated_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=Q(vacated_at__isnull=True), name="slot_filled_once"),
            models.UniqueConstraint(fields=["study", "subject_number"], name="subject_number_once"),
            models.CheckConstraint(
                condition=Q(vacated_at__isnull=True, vacated_reason="")
                | (Q(vacated_at__isnull=False) & ~Q(vacated_reason="")),
                name="vacated_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(passed_over=[], order_reason="") | (~Q(passed_over=[]) & ~Q(order_reason="")),
                name="passed_over_with_reason",
            ),
        ]
