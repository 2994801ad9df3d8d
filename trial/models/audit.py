"""Row history, written by database triggers alone. The application role may only read it."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One change of one row of a regulated table: before, after, who, what act, why, true and trial time.

    Source: 21 CFR 11.10(e); ICH E6(R3) 4.2.2.
    """

    recorded_at = models.DateTimeField()
    trial_at = models.DateTimeField()
    transaction_id = models.BigIntegerField()
    table_name = models.CharField(max_length=80)
    row_id = models.CharField(max_length=64)
    operation = models.CharField(max_length=1)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=150)
    act = models.CharField(max_length=80)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    database_role = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["table_name", "row_id", "id"])]
