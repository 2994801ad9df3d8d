"""Writing screening facts: the one place, so that whatever changes them breaks a signature that stood over others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.models import Screening
from enrollment.rules.states import SubjectState
from enrollment.selectors.eligibility import is_intact, latest_snapshot
from enrollment.services.states import advance


def store(screening: Screening, facts: Mapping[str, Any]) -> None:
    """Save facts inside the caller's regulated transaction. A subject whose signature breaks is screened again."""
    screening.facts = dict(facts)
    screening.save(update_fields=["facts"])
    screening.refresh_from_db()
    if screening.subject.state == SubjectState.ELIGIBLE and is_intact(latest_snapshot(screening), screening) is False:
        advance(screening.subject, SubjectState.SCREENING)
