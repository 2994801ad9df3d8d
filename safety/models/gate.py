"""The review of a cohort's safety gate: the frozen dossier, the votes over it, the decision."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from safety.rules.states import GateDecision
from trial.rules.roles import Role


class GateReview(models.Model):
    """One review of one cohort. ``dossier`` is frozen when it is convened; every vote signs ``dossier_sha256``."""

    cohort = models.ForeignKey("trial.Cohort", on_delete=models.PROTECT, related_name="gate_reviews")
    number = models.PositiveSmallIntegerField()
    protocol_version = models.ForeignKey("trial.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    convened_at = models.DateTimeField()
    convened_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    dossier = models.TextField()
    dossier_sha256 = models.CharField(max_length=64, unique=True)
    decision = models.CharField(max_length=10, blank=True, choices=[(d.value, d.value) for d in GateDecision])
    decided_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "number"], name="review_number_once"),
            models.UniqueConstraint(
                fields=["cohort"],
                condition=Q(decided_at__isnull=True, superseded_at__isnull=True),
                name="one_open_review",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="decision_has_time",
            ),
        ]


class GateVote(models.Model):
    """A signed vote. Append-only. Roles and people are unique within a review: nobody fills two of the required
    roles."""

    review = models.ForeignKey(GateReview, on_delete=models.PROTECT, related_name="votes")
    signer = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32, choices=[(r.value, r.value) for r in Role])
    vote = models.CharField(max_length=10, choices=[(d.value, d.value) for d in GateDecision])
    rationale = models.TextField()
    voted_at = models.DateTimeField()
    signature = models.OneToOneField("trial.ElectronicSignature", on_delete=models.PROTECT, related_name="gate_vote")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "signer"], name="one_vote_per_person"),
            models.UniqueConstraint(fields=["review", "role"], name="one_vote_per_role"),
        ]


class Endorsement(models.Model):
    """The investigator's signature under a subject's data for the gate window. ICH E6(R3) Annex 1, sponsor data (o)."""

    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="endorsements")
    content_sha256 = models.CharField(max_length=64)
    endorsed_at = models.DateTimeField()
    signature = models.OneToOneField("trial.ElectronicSignature", on_delete=models.PROTECT, related_name="endorsement")
