"""Whether a telephone contact can be entered, or voided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enrollment.rules.collection import Withdrawn, against_visit
from followup.rules.states import AdverseEventAnswer
from trial.rules.decision import Decision, Reason

_ASKED = "ICH E6(R3) Annex 1; gate readiness checklist: absence of adverse events is an answer, never a missing one"
_CORRECTION = "21 CFR 11.10(e); ICH E6(R3) 4.2.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """``consented``: a consent was signed by the time of the call. ``withdrawn``: from how much, and since when."""

    consented: bool
    died_at: datetime | None
    withdrawn: Withdrawn | None


def may_record_contact(
    facts: ContactFacts, *, contacted_at: datetime, asked: AdverseEventAnswer, at: datetime
) -> Decision:
    """Every reason against entering this call. Source: G25; ICH E6(R3) 2.8 (consent before any procedure)."""
    return Decision.of(
        [
            Reason("PHN-FUTURE", "A call cannot have taken place in the future.", "ALCOA: contemporaneous")
            if contacted_at > at
            else None,
            None
            if facts.consented
            else Reason("PHN-CONSENT", "No consent was in force when this call took place.", "ICH E6(R3) 2.8"),
            Reason("PHN-DIED", "The participant had died when this call took place.", "House rule")
            if facts.died_at is not None and facts.died_at <= contacted_at
            else None,
            against_visit(facts.withdrawn, done_at=contacted_at, what="call"),
            Reason("PHN-ASKED", "Answer whether there were adverse events: none or yes.", _ASKED)
            if asked is AdverseEventAnswer.NOT_ASKED
            else None,
        ]
    )


def may_void_contact(*, is_void: bool, reason: str) -> Decision:
    """A contact is voided once, with the reason why it was entered by mistake."""
    return Decision.of(
        [
            Reason("PHN-VOID", "This telephone contact is void already.", _CORRECTION) if is_void else None,
            None
            if reason.strip()
            else Reason("PHN-REASON", "Write down why the telephone contact is void.", _CORRECTION),
        ]
    )
