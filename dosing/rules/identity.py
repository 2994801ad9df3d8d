"""Whether somebody may sign the identity check: the right unit, issued, first one person and then another."""

from __future__ import annotations

from dataclasses import dataclass

from dosing.rules.states import NOT_STARTED, InfusionState, UnitState
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, two-person identity check (G38)"
_WRONG_UNIT = "DOS-PRODUCT-ASSIGNED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """``first_signer``: who signed first over this very unit. ``signer``: who signs now; None while nobody knows.

    ``is_meant``: the unit is assigned to this infusion of this subject.
    """

    state: InfusionState
    subject: str
    infusion_number: int
    unit: str
    unit_state: str
    is_meant: bool
    first_signer: str | None
    signer: str | None


def may_check_identity(facts: IdentityFacts, *, first: bool) -> Decision:
    """All reasons. The second signature needs the first one, by somebody else. Source: domain 6.2; decision 26."""
    wrong = f"Unit {facts.unit} is not assigned to {facts.subject}, infusion {facts.infusion_number}. Stop and check."
    return Decision.of(
        [
            None
            if facts.state in NOT_STARTED
            else _reason("DOS-STARTED", "The infusion is not waiting to be started."),
            None if facts.is_meant else _reason(_WRONG_UNIT, wrong),
            None
            if facts.unit_state == UnitState.ISSUED
            else _reason("DOS-PRODUCT-NOT-ISSUED", "The unit was not issued by the pharmacy."),
            None if first else _order(facts),
        ]
    )


def wrong_unit(decision: Decision) -> bool:
    """Whether a unit meant for somebody else was at the bedside."""
    return _WRONG_UNIT in decision.codes


def _order(facts: IdentityFacts) -> Reason | None:
    if facts.first_signer is None:
        return _reason("DOS-IDENTITY-FIRST", "The person who infuses checks and signs first, over this very unit.")
    if facts.signer == facts.first_signer:
        return _reason(
            "DOS-PEOPLE-SAME", "The second person is another one than the first, with a password of their own."
        )
    return None


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
