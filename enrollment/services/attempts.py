"""Attempts at screening: each has its own number in the screening log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from enrollment.events import SubjectRescreened
from enrollment.models import Screening, Subject
from enrollment.rules.rescreening import carried_facts, may_rescreen
from enrollment.rules.states import SubjectState
from enrollment.selectors.attempts import rescreening_facts
from enrollment.selectors.eligibility import current_screening
from enrollment.selectors.interviews import known_from_interviews
from enrollment.services.states import advance
from trial.errors import require
from trial.events import publish
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


def begin(subject: Subject, *, at: datetime, because: str = "", facts: Mapping[str, Any] | None = None) -> Screening:
    """The next attempt of a subject under the next screening number, inside the caller's lock on the study."""
    numbered = Screening.objects.filter(study=subject.study)
    tried = subject.screenings.aggregate(highest=Max("attempt"))["highest"] or 0
    screening = Screening.objects.create(
        study=subject.study,
        number=(numbered.aggregate(highest=Max("number"))["highest"] or 0) + 1,
        subject=subject,
        attempt=tried + 1,
        facts=dict(facts or {}),
        rescreened_because=because,
        started_at=at,
    )
    screening.refresh_from_db(fields=["facts_sha256"])  # worked out by the database
    return screening


def rescreen(*, subject: Subject, reason: str, by: User, at: datetime) -> Screening:
    """Screen a participant again after a failure, under the same code. The failed attempt stays as it was.

    Durable facts are carried over, with the interviews in force; everything that expires is asked again. Consent in
    force stays in force; who refused is asked again in this attempt. Source: Protocol, screening failure and
    re-screening. Raises ``RuleViolation``, ``NotPermitted``.
    """
    with regulated(by=by, act="attempts.rescreen", study=subject.study, reason=reason):
        require_permission(by, Permission.SCREENING_EDIT, study=subject.study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "study", "protocol_version").get(pk=subject.pk)
        require(may_rescreen(rescreening_facts(subject, reason=reason)))
        carried = carried_facts(current_screening(subject).facts, interviews=known_from_interviews(subject))
        screening = begin(subject, at=at, because=reason.strip(), facts=carried)
        advance(subject, SubjectState.SCREENING)
        publish(SubjectRescreened(screening=screening, by=by, at=at))
        return screening
