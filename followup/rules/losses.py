"""Whether a participant can be recorded as lost to follow-up, or as found again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enrollment.rules.states import SubjectState
from trial.rules.decision import Decision, Reason

_SOURCE = "Gate policy, definition of evaluable; ICH E9 5.3 (participants lost to follow-up)"
_DOCUMENTED = "ICH E6(R3) Annex 1 (records of participants who left); 21 CFR 312.62(b)"

# Who has no slot is not followed: their screening is closed instead. Who completed, withdrew or died has left already.
FOLLOWED = frozenset({SubjectState.ALLOCATED, SubjectState.ON_TREATMENT, SubjectState.FOLLOW_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFacts:
    """Site-local days. ``lost_on`` None: not lost. ``last_seen_on``: of the latest infusion or visit; None: none."""

    state: SubjectState
    registered_on: date
    last_seen_on: date | None
    lost_on: date | None


def may_record_loss(facts: LossFacts, *, lost_on: date, attempts: str, today: date) -> Decision:
    """Every reason against recording that nobody reaches the participant since that day. Bounds inclusive.

    The day is not before that of the latest infusion or visit: on that day the participant was seen. A telephone
    contact does not bound it: whoever answers a call and does not come is lost all the same. Source: G25.
    """
    return Decision.of(
        [
            _followed(facts),
            _lost_already(facts),
            _future(lost_on, today=today),
            _before_registration(facts, lost_on=lost_on),
            _before_last_seen(facts, lost_on=lost_on),
            None
            if attempts.strip()
            else Reason("LST-ATTEMPTS", "Write down how and when the participant was looked for.", _DOCUMENTED),
        ]
    )


def may_record_found(facts: LossFacts, *, reason: str) -> Decision:
    """Every reason against recording that a lost participant was found again."""
    return Decision.of(
        [
            Reason("LST-NOT", "This participant is not lost to follow-up.", _SOURCE) if facts.lost_on is None else None,
            _followed(facts),
            None
            if reason.strip()
            else Reason("LST-REASON", "Write down how the participant was found again.", _DOCUMENTED),
        ]
    )


def _followed(facts: LossFacts) -> Reason | None:
    if facts.state in FOLLOWED:
        return None
    word = facts.state.replace("_", " ").lower()
    message = f"Only who holds a slot and has not left is followed up: this subject is {word}."
    return Reason("LST-STATE", message, _SOURCE)


def _lost_already(facts: LossFacts) -> Reason | None:
    if facts.lost_on is None:
        return None
    return Reason("LST-TWICE", f"The participant is lost to follow-up since {facts.lost_on} already.", _SOURCE)


def _future(lost_on: date, *, today: date) -> Reason | None:
    if lost_on <= today:
        return None
    return Reason("LST-FUTURE", "A participant cannot be lost from a day in the future.", "ALCOA: contemporaneous")


def _before_registration(facts: LossFacts, *, lost_on: date) -> Reason | None:
    if lost_on >= facts.registered_on:
        return None
    return Reason("LST-EARLY", f"The participant was registered only on {facts.registered_on}.", _SOURCE)


def _before_last_seen(facts: LossFacts, *, lost_on: date) -> Reason | None:
    if facts.last_seen_on is None or lost_on >= facts.last_seen_on:
        return None
    message = f"The participant was seen on {facts.last_seen_on}: the loss begins on that day at the earliest."
    return Reason("LST-SEEN", message, _SOURCE)
