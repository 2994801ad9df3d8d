"""States and closed lists of enrolment. Models take their choices from here."""

from __future__ import annotations

from enum import StrEnum


class SubjectState(StrEnum):
    SCREENING = "SCREENING"
    ELIGIBLE = "ELIGIBLE"
    SCREEN_FAILED = "SCREEN_FAILED"
    ALLOCATED = "ALLOCATED"
    ON_TREATMENT = "ON_TREATMENT"
    FOLLOW_UP = "FOLLOW_UP"
    COMPLETED = "COMPLETED"
    WITHDRAWN = "WITHDRAWN"
    DIED = "DIED"


TRANSITIONS: dict[SubjectState, frozenset[SubjectState]] = {
    SubjectState.SCREENING: frozenset(
        {SubjectState.ELIGIBLE, SubjectState.SCREEN_FAILED, SubjectState.WITHDRAWN, SubjectState.DIED}
    ),
    SubjectState.ELIGIBLE: frozenset(
        {
            SubjectState.SCREENING,
            SubjectState.SCREEN_FAILED,
            SubjectState.ALLOCATED,
            SubjectState.WITHDRAWN,
            SubjectState.DIED,
        }
    ),
    SubjectState.SCREEN_FAILED: frozenset({SubjectState.SCREENING}),
    SubjectState.ALLOCATED: frozenset({SubjectState.ON_TREATMENT, SubjectState.WITHDRAWN, SubjectState.DIED}),
    SubjectState.ON_TREATMENT: frozenset({SubjectState.FOLLOW_UP, SubjectState.WITHDRAWN, SubjectState.DIED}),
    SubjectState.FOLLOW_UP: frozenset({SubjectState.COMPLETED, SubjectState.WITHDRAWN, SubjectState.DIED}),
    SubjectState.COMPLETED: frozenset({SubjectState.DIED}),
    SubjectState.WITHDRAWN: frozenset({SubjectState.DIED}),
    SubjectState.DIED: frozenset(),
}


class ConsentStatus(StrEnum):
    SIGNED = "SIGNED"
    REFUSED = "REFUSED"


class WithdrawalScope(StrEnum):
    """What a participant withdraws from. Each stops what it names and everything below it stays as consented."""

    TREATMENT = "TREATMENT"
    FOLLOW_UP = "FOLLOW_UP"
    DATA_USE = "DATA_USE"
    ALL = "ALL"


class InterviewKind(StrEnum):
    """Whose interview on family support it is. Both are asked for."""

    INVESTIGATOR = "INVESTIGATOR"
    SOCIAL_WORKER = "SOCIAL_WORKER"


class SealedUse(StrEnum):
    """What a key of the vault seals: one document, or the marks by which one person is recognised."""

    CONTENT = "CONTENT"
    PERSON_MARK = "PERSON_MARK"


class NumberKind(StrEnum):
    """The document whose number names a participant: card or residence certificate of Taiwan, or another one."""

    TAIWAN_ID = "TAIWAN_ID"
    OTHER = "OTHER"


class OpeningPurpose(StrEnum):
    """What an identity, or a signed page, is opened for."""

    CONTACT = "CONTACT"
    IDENTITY_CHECK = "IDENTITY_CHECK"
    CLINICAL_SAFETY = "CLINICAL_SAFETY"
    SOURCE_CHECK = "SOURCE_CHECK"
    CORRECTION = "CORRECTION"
    INSPECTION = "INSPECTION"


class NotContinued(StrEnum):
    """Why a screening was closed although no criterion had failed."""

    LOST = "LOST"
    NO_SLOT = "NO_SLOT"
    INVESTIGATOR = "INVESTIGATOR"
    OTHER = "OTHER"
