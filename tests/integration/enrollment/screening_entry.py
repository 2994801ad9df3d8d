"""What a browser sends from the screening page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from enrollment.forms.screening import ScreeningForm
from enrollment.models import Screening, Subject
from enrollment.rules.interviews import INTERVIEW_KEYS


def typed(facts: dict[str, Any], screening: Screening, **changes: str) -> dict[str, Any]:
    """What a browser sends for these facts, over what is saved."""
    form = ScreeningForm(facts=facts, seen_sha256=screening.facts_sha256, drugs=["prednisolone"])
    sent = {name: str(value) for name, value in form.initial.items() if value is not False}
    return {"reason": "", **sent, **changes}


def without_interviews(facts: dict[str, Any]) -> dict[str, Any]:
    """What a person types: family support is said by signed interviews alone."""
    return {key: value for key, value in facts.items() if key not in INTERVIEW_KEYS}


def address(subject: Subject, name: str = "screening") -> str:
    return reverse(name, args=[subject.code])
