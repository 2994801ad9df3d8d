"""Attempts at screening in words: what became of one, with the first and all failing criteria."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.forms.attempts import NOT_CONTINUED_LABELS
from enrollment.models import Screening, ScreeningFailure, Subject
from enrollment.rules.eligibility import Criterion
from enrollment.rules.screening_log import AttemptOutcome, ClosedAs, attempt_outcome
from enrollment.rules.states import NotContinued, SubjectState
from enrollment.views.criteria import TITLES
from trial.templatetags.look import trial_date, trial_time


def outcome_of(screening: Screening, subject: Subject) -> AttemptOutcome:
    """Reads nothing where the subject comes with its allocation."""
    return attempt_outcome(
        closed_as=ClosedAs(screening.closed_as),
        state=SubjectState(subject.state),
        is_allocated=getattr(subject, "allocation", None) is not None,
    )


def criteria_words(codes: Sequence[str]) -> str:
    """``X4 Liver or kidney; X5 Immune deficiency``, in the order in which they are given."""
    return "; ".join(f"{code} {TITLES[Criterion(code)]}" for code in codes)


def why_closed(screening: Screening) -> str:
    """All failing criteria, or why the screening was not continued. Empty while it is open."""
    if screening.failure_codes:
        return criteria_words(screening.failure_codes)
    return not_continued_words(_failure(screening))


def not_continued_words(failure: ScreeningFailure | None) -> str:
    """Why a screening ended without a failing criterion; empty for any other."""
    if failure is None or not failure.not_continued:
        return ""
    return f"{NOT_CONTINUED_LABELS[NotContinued(failure.not_continued)]}: {failure.note}"


def attempt_address(screening: Screening, subject: Subject) -> str:
    """The page of a closed attempt, or the screening page of the open one."""
    if screening.failed_at is None:
        return reverse("screening", args=[subject.code])
    return reverse("screening-attempt", args=[subject.code, screening.attempt])


def closed_by(screening: Screening) -> str:
    failure = _failure(screening)
    return failure.recorded_by.printed_name if failure else ""


def attempt_row(screening: Screening, subject: Subject) -> dict[str, Any]:
    zone = subject.site.timezone
    return {
        "cells": [
            {"value": screening.screening_number, "url": attempt_address(screening, subject)},
            {"value": screening.attempt},
            {"value": trial_date(screening.started_at, zone), "note": screening.rescreened_because},
            {"state": outcome_of(screening, subject), "note": why_closed(screening)},
            {
                "value": trial_date(screening.failed_at, zone) if screening.failed_at else None,
                "note": closed_by(screening),
                "whole": True,
            },
        ]
    }


def attempt_items(screening: Screening, subject: Subject) -> list[dict[str, Any]]:
    """A closed attempt as labels and values."""
    zone = subject.site.timezone
    items: list[dict[str, Any]] = [
        {"label": _("Screening number"), "value": screening.screening_number},
        {"label": _("Attempt"), "value": screening.attempt},
        {"label": _("Begun"), "value": trial_time(screening.started_at, zone)},
        {
            "label": _("Closed"),
            "value": trial_time(screening.failed_at, zone) if screening.failed_at else None,
            "note": closed_by(screening),
        },
        {"label": _("Outcome"), "state": outcome_of(screening, subject)},
    ]
    if screening.rescreened_because:
        items.append({"label": _("Screened again because"), "value": screening.rescreened_because})
    if screening.failure_codes:
        items.append({"label": _("First failing criterion"), "value": criteria_words(screening.failure_codes[:1])})
        items.append({"label": _("All failing criteria"), "value": criteria_words(screening.failure_codes)})
    else:
        items.append({"label": _("Why it was not continued"), "value": why_closed(screening)})
    return items


def _failure(screening: Screening) -> ScreeningFailure | None:
    """None: an open attempt, or one that was closed before its evaluation was kept."""
    return getattr(screening, "failure", None)
