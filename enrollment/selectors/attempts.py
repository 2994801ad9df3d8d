"""The attempts at screening of a subject, and what stands against another one."""

from __future__ import annotations

from enrollment.models import Screening, Subject
from enrollment.rules.rescreening import RescreeningFacts
from enrollment.rules.states import SubjectState


def attempts_of(subject: Subject) -> tuple[Screening, ...]:
    """All attempts with how each was closed, the latest first; without their facts. One query."""
    rows = subject.screenings.select_related("failure__recorded_by").defer("facts", "failure__content")
    return tuple(rows.order_by("-attempt"))


def attempt_with_failure(subject: Subject, number: int) -> Screening | None:
    """One attempt with the evaluation that was frozen when it was closed. One query."""
    return subject.screenings.select_related("failure__recorded_by").filter(attempt=number).first()


def rescreening_facts(subject: Subject, *, reason: str) -> RescreeningFacts:
    """One query."""
    return RescreeningFacts(
        state=SubjectState(subject.state),
        attempts=subject.screenings.count(),
        max_rescreens=subject.protocol_version.definition.eligibility.max_rescreens,
        reason=reason,
    )
