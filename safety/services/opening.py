"""Cohort 1 opens when the first site is activated: it has no gate before it."""

from __future__ import annotations

from trial.models import Cohort
from trial.services import clearance
from trial.study_events import SiteActivated


def open_first_cohort(event: SiteActivated) -> None:
    """Reaction to ``SiteActivated``. A second site finds cohort 1 open already. Source: Protocol, cohorts."""
    cohort = Cohort.objects.get(study=event.activation.site.study, number=1)
    clearance.open_first_cohort(cohort=cohort, by=event.by, at=event.at)
