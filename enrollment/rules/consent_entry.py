"""Whether an answer to the informed consent may be recorded as it was entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from enrollment.rules.states import ConsentStatus, SubjectState
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date

_SOURCE = "ICH E6(R3) 2.8 (informed consent)"
_ENDED = frozenset({SubjectState.SCREEN_FAILED, SubjectState.COMPLETED, SubjectState.WITHDRAWN, SubjectState.DIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntryFacts:
    state: SubjectState
    status: ConsentStatus
    given_at: datetime
    approved_on: date
    version_of_site: bool
    copy_given: bool
    explainer_delegated: bool
    open_consent_same_version: bool
    timezone: str


def may_record_consent(facts: ConsentEntryFacts, *, at: datetime) -> Decision:
    """Every reason against this entry. A refusal needs no copy."""
    return Decision.of(
        [
            Reason("CON-ENDED", "Participation under this code has ended; no consent is added to it.", _SOURCE)
            if facts.state in _ENDED
            else None,
            None if facts.given_at <= at else Reason("CON-FUTURE", "The time of consent lies in the future.", _SOURCE),
            None
            if facts.version_of_site and facts.approved_on <= site_date(facts.given_at, timezone=facts.timezone)
            else Reason("CON-VERSION", "This consent version was not approved for the site on that day.", _SOURCE),
            None
            if facts.copy_given or facts.status is ConsentStatus.REFUSED
            else Reason("CON-COPY", "The participant receives a signed copy before anything else happens.", _SOURCE),
            None
            if facts.explainer_delegated
            else Reason("CON-EXPLAINED", "The person who explained was not delegated to obtain consent.", _SOURCE),
            Reason("CON-TWICE", "This version was signed already.", _SOURCE)
            if facts.open_consent_same_version
            else None,
        ]
    )
