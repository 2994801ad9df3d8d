"""A report that was asked for, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reports.rules.states import ReportKind, ReportState


class Report(models.Model):
    """``inputs_sha256`` names what it is made from: the same inputs are not made twice. ``sha256`` is that of the file.

    ``queued_at`` is true time (the queue has no other); ``requested_at`` and ``cut_off_at`` are trial time.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=24, choices=[(k.value, k.value) for k in ReportKind])
    label = models.CharField(max_length=200)
    reference = models.CharField(max_length=64)
    inputs_sha256 = models.CharField(max_length=64)
    requested_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    cut_off_at = models.DateTimeField()
    queued_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in ReportState], default="QUEUED")
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    path = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="READY") | (Q(finished_at__isnull=False) & ~Q(sha256="") & ~Q(path="")),
                name="report_ready_is_whole",
            ),
            models.CheckConstraint(condition=~Q(state="FAILED") | ~Q(error=""), name="report_failed_why"),
            models.UniqueConstraint(
                fields=["study", "kind", "inputs_sha256"],
                condition=~Q(state="FAILED"),
                name="report_once_per_inputs",
            ),
        ]
        indexes = [
            models.Index(fields=["study", "-id"]),
            models.Index(fields=["queued_at"], condition=Q(state__in=["QUEUED", "RUNNING"]), name="reports_unfinished"),
            models.Index(fields=["sha256"], condition=~Q(sha256=""), name="reports_by_hash"),
        ]

    def __str__(self) -> str:
        return self.label
