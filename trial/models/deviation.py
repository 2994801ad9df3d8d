"""Protocol deviations: raised by themselves where a value or a day is out of its limits, and classified by a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from trial.rules.states import DeviationCategory, DeviationClass


class Deviation(models.Model):
    """``key`` names what it is about ("infusion:12:DOSE"): the same thing raises one deviation. ``reference`` leads to
    the record. An unclassified deviation is an open point of its subject's gate. Source: ICH E6(R3) 2.5.3.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="deviations")
    site = models.ForeignKey("trial.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    subject_code = models.CharField(max_length=24, blank=True)
    category = models.CharField(max_length=16, choices=[(c.value, c.value) for c in DeviationCategory])
    code = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    reference = models.CharField(max_length=64, blank=True)
    description = models.TextField()
    occurred_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    classification = models.CharField(
        max_length=8, blank=True, choices=[(c.value, c.value) for c in DeviationClass if c.value]
    )
    classified_at = models.DateTimeField(null=True, blank=True)
    classified_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assessment = models.TextField(blank=True)
    corrective_action = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "key"], name="deviation_once"),
            models.CheckConstraint(
                condition=Q(classification="", classified_at__isnull=True, classified_by__isnull=True)
                | (
                    Q(classified_at__isnull=False, classified_by__isnull=False)
                    & ~Q(classification="")
                    & ~Q(assessment="")
                ),
                name="deviation_classified_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["study", "-raised_at", "-id"], name="deviations_latest_first"),
            models.Index(fields=["subject_code"], condition=Q(classification=""), name="deviations_open"),
        ]


class ClearanceReading(models.Model):
    """Somebody confirms having read the signed decision that opened a cohort. Append-only.

    The first product of the cohort is issued only after the pharmacist and the nurses on duty have.
    """

    clearance = models.ForeignKey("trial.CohortClearance", on_delete=models.PROTECT, related_name="readings")
    user = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clearance", "user"], name="decision_read_once")]
