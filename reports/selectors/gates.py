"""All gates of a study at one instant: read once, used by the board and by everybody's list of work."""

from __future__ import annotations

from datetime import datetime

from safety.selectors.gate import Assessment, assess
from trial.edge.context import TrialContext
from trial.models import Cohort, Study
from trial.rules.decision import Reason


def assessments_of(study: Study, *, at: datetime) -> tuple[Assessment, ...]:
    """One per cohort, in order. The number of queries depends on the number of cohorts alone."""
    cohorts = Cohort.objects.filter(study=study).select_related("study").order_by("number")
    return tuple(assess(cohort, at=at) for cohort in cohorts)


def told_reasons(trial: TrialContext, gate: Assessment) -> tuple[Reason, ...]:
    """What stands against PASSED, as this reader may be told: subjects of sites they do not see are not named."""
    sites = trial.access.sites(at=trial.at)
    hidden = [row.subject.code for row in gate.rows.subjects if sites is not None and row.subject.site_id not in sites]
    reasons = gate.result.reasons
    told = tuple(each for each in reasons if not any(code in each.message for code in hidden))
    if len(told) == len(reasons):
        return told
    elsewhere = Reason("GATE-ELSEWHERE", "Something is still open at another site.", "House rule: own sites only")
    return (*told, elsewhere)
