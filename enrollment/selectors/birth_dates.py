"""Whether the person of a request may know a participant's day of birth, and screening facts as they may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.models import Subject
from enrollment.rules.birth_date import as_shown
from trial.edge.context import TrialContext
from trial.permissions import Permission


def knows_birth_date(trial: TrialContext, subject: Subject) -> bool:
    """Whoever may open the identity at the subject's site: those who meet the participant, and the monitor."""
    return trial.may(Permission.IDENTITY_OPEN, site=subject.site)


def facts_for(trial: TrialContext, subject: Subject, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Every page, list and answer that shows screening facts shows these."""
    return as_shown(facts, whole=knows_birth_date(trial, subject))
