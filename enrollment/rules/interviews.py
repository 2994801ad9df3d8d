"""The interviews on family support: which fact each decides, and when one may be recorded or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrollment.rules.states import InterviewKind, SubjectState
from trial.rules.decision import Decision, Reason
from trial.rules.roles import ROLE_LABELS, Role

_SOURCE = "Protocol inclusion 3"

FACT_OF: dict[InterviewKind, str] = {
    InterviewKind.INVESTIGATOR: "family_support_investigator",
    InterviewKind.SOCIAL_WORKER: "family_support_social_worker",
}
INTERVIEW_KEYS = frozenset(FACT_OF.values())
INTERVIEWER: dict[InterviewKind, Role] = {
    InterviewKind.INVESTIGATOR: Role.PRINCIPAL_INVESTIGATOR,
    InterviewKind.SOCIAL_WORKER: Role.SOCIAL_WORKER,
}
KIND_OF: dict[Role, InterviewKind] = {role: kind for kind, role in INTERVIEWER.items()}
OPEN_STATES = frozenset(
    {SubjectState.SCREENING, SubjectState.ELIGIBLE, SubjectState.ALLOCATED, SubjectState.ON_TREATMENT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewFacts:
    """``consented_on``: site day of the first signed consent in force. ``has_one_in_force``: of the same kind.
    ``held_the_other``: the same person signed the interview of the other kind that is in force."""

    state: SubjectState
    kind: InterviewKind
    role: Role
    held_on: date
    today: date
    consented_on: date | None
    has_one_in_force: bool
    held_the_other: bool


def may_hold(facts: InterviewFacts) -> Decision:
    """Every reason against recording this interview. Each is signed by the person who held it, in that role."""
    asked = INTERVIEWER[facts.kind]
    return Decision.of(
        [
            None
            if facts.state in OPEN_STATES
            else Reason("INT-CLOSED", "This screening is closed; no interview is added to it.", _SOURCE),
            None
            if facts.role is asked
            else Reason("INT-ROLE", f"This interview is held and signed by the {ROLE_LABELS[asked].lower()}.", _SOURCE),
            None
            if facts.held_on <= facts.today
            else Reason("INT-FUTURE", "The interview lies in the future; record it when it was held.", _SOURCE),
            None
            if facts.consented_on is not None and facts.consented_on <= facts.held_on
            else Reason("INT-CONSENT", "An interview is part of screening: consent comes before it.", "ICH E6(R3) 2.8"),
            Reason("INT-TWICE", "An interview of this kind is in force; withdraw it before recording another.", _SOURCE)
            if facts.has_one_in_force
            else None,
            Reason("INT-SAME-PERSON", "The two interviews are held by two different people.", _SOURCE)
            if facts.held_the_other
            else None,
        ]
    )


def may_withdraw(*, kind: InterviewKind, role: Role, state: SubjectState, is_withdrawn: bool, reason: str) -> Decision:
    """Every reason against withdrawing an interview: it stays readable, and no longer counts.

    Whoever holds such interviews withdraws them too: who held this one may have left.
    """
    asked = INTERVIEWER[kind]
    return Decision.of(
        [
            None
            if role is asked
            else Reason("INT-ROLE", f"This interview is withdrawn by the {ROLE_LABELS[asked].lower()}.", _SOURCE),
            Reason("INT-WITHDRAWN", "This interview was withdrawn already.", _SOURCE) if is_withdrawn else None,
            None
            if state in OPEN_STATES
            else Reason("INT-CLOSED", "This screening is closed; its interviews are kept as they are.", _SOURCE),
            None
            if reason.strip()
            else Reason("INT-REASON", "Say why the interview no longer counts.", "21 CFR 11.10(e); ICH E6(R3) 4.2.4"),
        ]
    )


def may_state_support(*, saved: Mapping[str, Any], entered: Mapping[str, Any]) -> Decision:
    """Screening facts repeat what the interviews found and cannot say anything else; leaving them out is no change."""
    told = sorted(key for key in INTERVIEW_KEYS & entered.keys() if entered[key] != saved.get(key))
    text = "Family support is what a signed interview found: record the interview instead ({keys})."
    return Decision.of([Reason("INT-FACT", text.replace("{keys}", ", ".join(told)), _SOURCE) if told else None])
