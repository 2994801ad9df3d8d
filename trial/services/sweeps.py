"""When the sweep last went through everything: shown on the status page, waited for after a jump of the clock."""

from __future__ import annotations

from datetime import datetime

from trial.models import SweepState


def record(*, at: datetime, true_now: datetime) -> None:
    """``at`` is the trial time the sweep looked at; it only moves forward, whichever of two sweeps ends last."""
    SweepState.objects.get_or_create(pk=1)
    SweepState.objects.filter(pk=1, trial_at__isnull=True).update(trial_at=at, finished_at=true_now)
    SweepState.objects.filter(pk=1, trial_at__lt=at).update(trial_at=at, finished_at=true_now)


def swept_until() -> datetime | None:
    return SweepState.objects.values_list("trial_at", flat=True).first()
