"""The adverse event, with grade, seriousness, causality and expectedness kept apart, and every grade it ever had."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from safety.rules.states import ActionTaken, Outcome, Relationship, SeriousnessCriterion


class AdverseEvent(models.Model):
    """``onset`` and ``ended`` are site-local and may be partial: 2025, 2025-03, 2025-03-31, 2025-03-31T22:15."""

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="adverse_events")
    number = models.PositiveSmallIntegerField()
    reported_term = models.CharField(max_length=200)
    ctcae_term = models.CharField(max_length=200, blank=True)
    onset = models.CharField(max_length=16)
    ended = models.CharField(max_length=16, blank=True)
    serious = models.BooleanField()
    seriousness_criteria = ArrayField(
        models.CharField(max_length=20, choices=[(c.value, c.value) for c in SeriousnessCriterion]), default=list
    )
    relationship = models.CharField(max_length=14, choices=[(r.value, r.value) for r in Relationship])
    special_interest = models.BooleanField(default=False)
    infusion_reaction = models.BooleanField(default=False)
    stopped_infusion = models.BooleanField(default=False)
    baseline_present = models.BooleanField(default=False)
    baseline_grade = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=28, choices=[(o.value, o.value) for o in Outcome])
    action_taken = models.CharField(max_length=28, choices=[(a.value, a.value) for a in ActionTaken])
    aware_at = models.DateTimeField()
    narrative = models.TextField(blank=True)
    visit = models.ForeignKey("followup.Visit", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    infusion = models.ForeignKey("dosing.Infusion", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    void_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="event_number_once"),
            models.CheckConstraint(
                condition=Q(serious=False, seriousness_criteria=[]) | (Q(serious=True) & ~Q(seriousness_criteria=[])),
                name="serious_has_criteria",
            ),
            models.CheckConstraint(
                condition=Q(baseline_present=True) | Q(baseline_grade__isnull=True), name="baseline_whole"
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="voided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} AE {self.number}"


class GradeEntry(models.Model):
    """The grade of an event from a day on. Append-only: a correction is a later entry, and both stay readable."""

    event = models.ForeignKey(AdverseEvent, on_delete=models.PROTECT, related_name="grades")
    grade = models.PositiveSmallIntegerField()
    graded_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(grade__gte=1, grade__lte=5), name="ctcae_grade")]
        ordering = ["id"]
