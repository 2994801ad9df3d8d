"""The first cohort has no gate before it: it opens when the first site is activated."""

from __future__ import annotations

from trial.models import Cohort
from trial.services import clearance
from trial.study_events import SiteActivated


def open_first_cohort(event: SiteActivated) -> None:
    """Open the first cohort, once. Source: staged escalation; ICH E6(R3) 4.3.5 (approvals before any dose)."""
    first = Cohort.objects.select_related("study").filter(study=event.activation.site.study).order_by("number").first()
    if first is not None:
        clearance.open_first_cohort(cohort=first, by=event.by, at=event.at)
