"""What time alone can change about gates: a causality that is overdue begins to count."""

from __future__ import annotations

from datetime import datetime

from safety.services import withdrawals
from trial.models import Cohort
from trial.services.studies import service_user


def recheck(*, at: datetime) -> None:
    """Evaluate the gate of every cohort again in which anybody was dosed. Twice does nothing twice."""
    dosed = Cohort.objects.filter(slots__allocations__subject__infusions__started_at__isnull=False)
    cohorts = dosed.select_related("study").distinct().order_by("study_id", "number")
    if not cohorts:
        return
    by = service_user()
    for cohort in cohorts:
        withdrawals.recheck(cohort, by=by, at=at)
