"""Screening: facts entered once, and the frozen, signed verdict over them."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Q, Value, When

from enrollment.rules.eligibility import Criterion
from enrollment.rules.screening_log import ClosedAs
from enrollment.rules.states import NotContinued


class Screening(models.Model):
    """One attempt. ``facts`` has the keys of ``enrollment.rules.facts``; the database keeps ``facts_sha256``
    (trigger). ``rescreened_because`` says why an attempt after the first was begun. ``failure_codes``: all failing
    criteria in the order of the protocol; none where the screening was closed for another reason."""

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    subject = models.ForeignKey("enrollment.Subject", on_delete=models.PROTECT, related_name="screenings")
    attempt = models.PositiveSmallIntegerField(default=1)
    facts = models.JSONField(default=dict)
    facts_sha256 = models.CharField(max_length=64, editable=False, default="")
    started_at = models.DateTimeField()
    rescreened_because = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failure_codes = models.JSONField(default=list)
    closed_as = models.GeneratedField(
        expression=Case(
            When(failed_at__isnull=True, then=Value(ClosedAs.OPEN.value)),
            When(failure_codes=[], then=Value(ClosedAs.NOT_CONTINUED.value)),
            When(failure_codes__0=Criterion.X1.value, then=Value(ClosedAs.NOT_CONSENTED.value)),
            default=Value(ClosedAs.SCREEN_FAILED.value),
        ),
        output_field=models.CharField(max_length=16),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "attempt"], name="screening_attempt_once"),
            models.UniqueConstraint(fields=["study", "number"], name="screening_number_once"),
        ]
        indexes = [
            models.Index(fields=["study", "-started_at", "-id"], name="screening_log"),
            models.Index(fields=["study", "closed_as", "-started_at", "-id"], name="screening_log_by_outcome"),
        ]

    @property
    def screening_number(self) -> str:
        """The number of this attempt in the screening log; a re-screening gets the next one."""
        return f"S{self.number:03d}"


class ScreeningFailure(models.Model):
    """The frozen evaluation with which a screening was closed: inputs, rule set, verdict. Append-only.

    ``first_code`` is the first failing criterion in the order of the protocol; ``Screening.failure_codes`` has all.
    Where none had failed, ``not_continued`` and ``note`` say why the screening ended.
    """

    screening = models.OneToOneField(Screening, on_delete=models.PROTECT, related_name="failure")
    first_code = models.CharField(max_length=8, blank=True)
    not_continued = models.CharField(max_length=16, blank=True, choices=[(n.value, n.value) for n in NotContinued])
    note = models.TextField(blank=True)
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(~Q(first_code="") & Q(not_continued="", note=""))
                | (Q(first_code="") & ~Q(not_continued="") & ~Q(note="")),
                name="failed_on_criteria_or_why",
            ),
        ]


class EligibilitySnapshot(models.Model):
    """Inputs, rule set and verdict as the investigator saw and signed them. Append-only.

    The signature is *broken* as soon as the screening's facts differ from ``facts_sha256``.
    """

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="snapshots")
    protocol_version = models.ForeignKey("trial.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    facts_sha256 = models.CharField(max_length=64)
    overall = models.CharField(max_length=12)
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    evaluated_at = models.DateTimeField()
    signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, related_name="eligibility_snapshot"
    )
