"""What the pharmacy may do with a unit, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from dosing.rules.states import InfusionState, LotState, UnitState
from dosing.rules.unit_handling import UnitFacts, may_add, may_assign, may_discard, may_issue, may_thaw
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition

PLAN = shipped_definition().product
STOCKED = UnitFacts(
    lot_state=LotState.RELEASED,
    lot_expires_at=AT + SECOND,
    state=UnitState.IN_STOCK,
    thawed_at=None,
    use_by_at=None,
    viability=None,
)
ASSIGNED = replace(STOCKED, state=UnitState.ASSIGNED)
THAWED = replace(
    ASSIGNED, thawed_at=AT - timedelta(hours=1), use_by_at=AT + SECOND, viability=PLAN.post_thaw_viability_minimum
)
LOT = [
    ({"lot_state": LotState.QUARANTINED}, ("UNT-UNRELEASED",)),
    ({"lot_state": LotState.REJECTED}, ("UNT-UNRELEASED",)),
    ({"lot_expires_at": AT}, ("UNT-EXPIRED",)),
]


def assign_codes(facts: UnitFacts, *, other: str | None = None, infusion=InfusionState.PLANNED) -> tuple[str, ...]:
    return may_assign(facts, other_unit=other, infusion_state=infusion, at=AT).codes


@pytest.mark.parametrize(
    ("wrong", "expected"), [({}, ()), *LOT, *(({"state": s}, ("UNT-STATE",)) for s in UnitState if s != "IN_STOCK")]
)
def test_assigning(wrong, expected):
    assert assign_codes(replace(STOCKED, **wrong)) == expected


def test_one_unit_for_one_infusion_that_waits():
    assert assign_codes(STOCKED, other="L-1/02") == ("UNT-TWICE",)
    assert assign_codes(STOCKED, infusion=None) == ("UNT-INFUSION",)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (InfusionState.PLANNED, True),
        (InfusionState.CLEARED, True),
        (InfusionState.PRODUCT_ISSUED, True),
        (InfusionState.RUNNING, False),
        (InfusionState.PAUSED, False),
        (InfusionState.COMPLETED, False),
        (InfusionState.STOPPED_EARLY, False),
        (InfusionState.NOT_GIVEN, False),
    ],
)
def test_nothing_is_assigned_to_an_infusion_that_began_or_will_not_begin(state, allowed):
    assert (assign_codes(STOCKED, infusion=state) == ()) is allowed


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, ()),
        *LOT,
        ({"state": UnitState.IN_STOCK}, ("UNT-STATE",)),
        ({"state": UnitState.ISSUED}, ("UNT-STATE",)),
        ({"thawed_at": AT}, ("UNT-THAWED",)),
    ],
)
def test_thawing(wrong, expected):
    assert may_thaw(replace(ASSIGNED, **wrong), at=AT).codes == expected


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, ()),
        *LOT,
        ({"state": UnitState.IN_STOCK}, ("UNT-STATE",)),
        ({"use_by_at": AT}, ("UNT-USE-BY",)),
        ({"use_by_at": None, "thawed_at": None}, ("UNT-USE-BY",)),
        ({"viability": Decimal("0.6999")}, ("UNT-VIABILITY",)),
        ({"viability": None}, ("UNT-VIABILITY",)),
    ],
)
def test_issuing(wrong, expected):
    assert may_issue(replace(THAWED, **wrong), plan=PLAN, at=AT).codes == expected


@pytest.mark.parametrize("state", list(UnitState))
def test_whatever_was_not_infused_can_be_discarded_once(state):
    gone = state in (UnitState.INFUSED, UnitState.DESTROYED)
    assert may_discard(replace(STOCKED, state=state)).codes == (("UNT-STATE",) if gone else ())


@pytest.mark.parametrize(
    ("taken", "lot_state", "lot_expires_at", "expected"),
    [
        (False, LotState.QUARANTINED, AT + SECOND, ()),
        (False, LotState.RELEASED, AT + SECOND, ()),
        (True, LotState.RELEASED, AT + SECOND, ("UNT-NUMBER",)),
        (False, LotState.REJECTED, AT + SECOND, ("UNT-UNRELEASED",)),
        (False, LotState.RELEASED, AT, ("UNT-EXPIRED",)),
    ],
)
def test_booking_a_unit_in(taken, lot_state, lot_expires_at, expected):
    decision = may_add(number="01", taken=taken, lot_state=lot_state, lot_expires_at=lot_expires_at, at=AT)
    assert decision.codes == expected


def test_every_reason_is_listed():
    facts = replace(STOCKED, lot_state=LotState.REJECTED, lot_expires_at=AT)
    assert may_issue(facts, plan=PLAN, at=AT).codes == (
        "UNT-UNRELEASED",
        "UNT-EXPIRED",
        "UNT-STATE",
        "UNT-USE-BY",
        "UNT-VIABILITY",
    )
