"""What this installation is, and what time it is in the trial."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q


class Deployment(models.Model):
    """One row, fixed for ever when the database is created. Only a demonstration's clock can be moved, only forward."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    is_demonstration = models.BooleanField()
    clock_offset = models.DurationField(default=timedelta(0))
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_deployment"),
            models.CheckConstraint(
                condition=Q(is_demonstration=True) | Q(clock_offset=timedelta(0)), name="real_clock_is_true"
            ),
        ]


class SweepState(models.Model):
    """When the sweep last went through everything that is due: true time, and the trial time it looked at."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    finished_at = models.DateTimeField(null=True)
    trial_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_sweep_state")]
