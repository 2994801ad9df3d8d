"""What the pharmacy may do with a unit, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.rules.states import NOT_STARTED, InfusionState, LotState, UnitState
from trial.protocol.schema import ProductPlan
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, product: chain of identity; Taiwan GCP Art. 93"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    lot_state: LotState
    lot_expires_at: datetime
    state: UnitState
    thawed_at: datetime | None
    use_by_at: datetime | None
    viability: Decimal | None


def may_add(*, number: str, taken: bool, lot_state: LotState, lot_expires_at: datetime, at: datetime) -> Decision:
    """``taken``: a unit of this number was booked in already."""
    rejected = lot_state is LotState.REJECTED
    return Decision.of(
        [
            _reason("UNT-NUMBER", f"Unit {number} of this lot was booked in already.") if taken else None,
            _reason("UNT-UNRELEASED", "The lot is rejected.") if rejected else None,
            None if lot_expires_at > at else _reason("UNT-EXPIRED", "The lot has expired."),
        ]
    )


def may_assign(
    facts: UnitFacts, *, other_unit: str | None, infusion_state: InfusionState | None, at: datetime
) -> Decision:
    """``other_unit``: one that is assigned to this infusion already. ``infusion_state`` None: it is not planned."""
    return Decision.of(
        [
            *_lot(facts, at=at),
            _reason("UNT-INFUSION", "A unit is assigned to an infusion that is planned and not yet given.")
            if infusion_state not in NOT_STARTED
            else None,
            None if facts.state is UnitState.IN_STOCK else _reason("UNT-STATE", f"The unit is {_word(facts.state)}."),
            None if other_unit is None else _reason("UNT-TWICE", f"Unit {other_unit} is assigned to this infusion."),
        ]
    )


def may_thaw(facts: UnitFacts, *, at: datetime) -> Decision:
    return Decision.of(
        [
            *_lot(facts, at=at),
            None if facts.state is UnitState.ASSIGNED else _reason("UNT-STATE", f"The unit is {_word(facts.state)}."),
            None if facts.thawed_at is None else _reason("UNT-THAWED", "The unit was thawed already."),
        ]
    )


def may_issue(facts: UnitFacts, *, plan: ProductPlan, at: datetime) -> Decision:
    minimum = plan.post_thaw_viability_minimum
    return Decision.of(
        [
            *_lot(facts, at=at),
            None if facts.state is UnitState.ASSIGNED else _reason("UNT-STATE", f"The unit is {_word(facts.state)}."),
            None
            if facts.use_by_at is not None and facts.use_by_at > at
            else _reason("UNT-USE-BY", "The unit is not thawed, or past its use-by time."),
            None
            if facts.viability is not None and facts.viability >= minimum
            else _reason("UNT-VIABILITY", f"The post-thaw viability must be at least {minimum * 100:.0f} %."),
        ]
    )


def may_discard(facts: UnitFacts) -> Decision:
    """A unit that will not be infused: past its use-by time, leaking, of a rejected lot. Source: accountability."""
    gone = facts.state in (UnitState.INFUSED, UnitState.DESTROYED)
    return Decision.of([_reason("UNT-STATE", f"The unit is {_word(facts.state)}.") if gone else None])


def _lot(facts: UnitFacts, *, at: datetime) -> tuple[Reason | None, ...]:
    return (
        None
        if facts.lot_state is LotState.RELEASED
        else _reason("UNT-UNRELEASED", "The lot is not released by quality assurance."),
        None if facts.lot_expires_at > at else _reason("UNT-EXPIRED", "The lot has expired."),
    )


def _word(state: UnitState) -> str:
    return state.replace("_", " ").lower()


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
