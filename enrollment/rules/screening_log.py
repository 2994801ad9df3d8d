"""What became of an attempt at screening, as the screening and enrolment log says it."""

from __future__ import annotations

from enum import StrEnum

from enrollment.rules.states import SubjectState


class ClosedAs(StrEnum):
    """How an attempt was closed without enrolment; empty while it is open. The database works it out of the codes of
    failure."""

    OPEN = ""
    SCREEN_FAILED = "SCREEN_FAILED"
    NOT_CONSENTED = "NOT_CONSENTED"
    NOT_CONTINUED = "NOT_CONTINUED"


class AttemptOutcome(StrEnum):
    SCREENING = "SCREENING"
    ELIGIBLE = "ELIGIBLE"
    ENROLLED = "ENROLLED"
    SCREEN_FAILED = "SCREEN_FAILED"
    NOT_CONSENTED = "NOT_CONSENTED"
    NOT_CONTINUED = "NOT_CONTINUED"
    WITHDRAWN = "WITHDRAWN"
    DIED = "DIED"


# An open attempt is the latest one of its subject: what became of it is the subject's state, until a slot is given.
_OF_STATE: dict[SubjectState, AttemptOutcome] = {
    SubjectState.SCREENING: AttemptOutcome.SCREENING,
    SubjectState.ELIGIBLE: AttemptOutcome.ELIGIBLE,
    SubjectState.WITHDRAWN: AttemptOutcome.WITHDRAWN,
    SubjectState.DIED: AttemptOutcome.DIED,
}


def attempt_outcome(*, closed_as: ClosedAs, state: SubjectState, is_allocated: bool) -> AttemptOutcome:
    """``is_allocated``: the subject has or had a slot. Source: ICH E3, 10.1 (disposition); CONSORT 13."""
    if closed_as is not ClosedAs.OPEN:
        return AttemptOutcome(closed_as.value)
    if is_allocated:
        return AttemptOutcome.ENROLLED
    return _OF_STATE.get(state, AttemptOutcome.ENROLLED)
