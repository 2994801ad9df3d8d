"""All gates of a study at one instant: read once, used by the board and by everybody's list of work."""

from __future__ import annotations

from datetime import datetime

from safety.selectors.gate import Assessment, assess
from trial.models import Cohort, Study


def assessments_of(study: Study, *, at: datetime) -> tuple[Assessment, ...]:
    """One per cohort, in order. The number of queries depends on the number of cohorts alone."""
    cohorts = Cohort.objects.filter(study=study).select_related("study").order_by("number")
    return tuple(assess(cohort, at=at) for cohort in cohorts)
