"""What the pharmacy may do with a unit, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from dosing.rules.states import ExcursionDecision, InfusionState, LotState, UnitState
from dosing.rules.unit_handling import (
    DecisionReading,
    UnitFacts,
    Volumes,
    may_add,
    may_assign,
    may_check_quality,
    may_decide_quarantine,
    may_destroy,
    may_issue,
    may_reconcile,
    may_set_aside,
    may_take_back,
    may_thaw,
    may_unassign,
    other_donors,
)
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
    facts = replace(THAWED, **wrong)
    assert may_issue(facts, plan=PLAN, reading=None, at=AT).codes == expected
    assert may_check_quality(facts, plan=PLAN, at=AT).codes == expected


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (None, ()),
        (DecisionReading(issuer=True, nurse=True), ()),
        (DecisionReading(issuer=False, nurse=True), ("UNT-DECISION-UNREAD",)),
        (DecisionReading(issuer=True, nurse=False), ("UNT-DECISION-UNREAD",)),
        (DecisionReading(issuer=False, nurse=False), ("UNT-DECISION-UNREAD", "UNT-DECISION-UNREAD")),
    ],
    ids=["first-cohort", "both-read", "issuer-has-not", "no-nurse-has", "nobody-has"],
)
def test_the_gate_decision_is_read_before_product_is_issued(reading, expected):
    assert may_issue(THAWED, plan=PLAN, reading=reading, at=AT).codes == expected


@pytest.mark.parametrize("state", list(UnitState))
def test_only_an_assignment_of_a_frozen_unit_is_taken_back(state):
    expected = () if state is UnitState.ASSIGNED else ("UNT-STATE",)
    assert may_unassign(replace(ASSIGNED, state=state)).codes == expected


def test_a_thawed_unit_does_not_go_back_into_stock():
    assert may_unassign(THAWED).codes == ("UNT-THAWED",)


def volumes(*, infused: str | None = None, returned: str = "0", destroyed: str = "0") -> Volumes:
    return Volumes(
        held=Decimal("7.5"),
        infused=None if infused is None else Decimal(infused),
        returned=Decimal(returned),
        destroyed=Decimal(destroyed),
    )


@pytest.mark.parametrize(
    ("state", "infused", "volume", "expected"),
    [
        (UnitState.ISSUED, None, "7.5", ()),
        (UnitState.ISSUED, None, "0", ()),
        (UnitState.ISSUED, None, "7.51", ("UNT-VOLUME",)),
        (UnitState.ISSUED, None, "-0.01", ("UNT-VOLUME",)),
        (UnitState.INFUSED, "6.1", "1.4", ()),
        (UnitState.INFUSED, "6.1", "1.41", ("UNT-VOLUME",)),
        (UnitState.INFUSED, None, "1.4", ("UNT-RUNNING",)),
        (UnitState.ASSIGNED, None, "1", ("UNT-STATE",)),
        (UnitState.RETURNED, None, "1", ("UNT-STATE",)),
    ],
)
def test_what_comes_back_from_the_bedside(state, infused, volume, expected):
    facts = replace(THAWED, state=state)
    assert may_take_back(facts, volumes=volumes(infused=infused), volume_ml=Decimal(volume)).codes == expected


@pytest.mark.parametrize(
    ("state", "decided", "returned", "volume", "expected"),
    [
        (UnitState.IN_STOCK, None, "0", "7.5", ()),
        (UnitState.ASSIGNED, None, "0", "7.51", ("UNT-VOLUME",)),
        (UnitState.RETURNED, None, "5", "5", ()),
        (UnitState.QUARANTINED, ExcursionDecision.OPEN, "0", "7.5", ("UNT-QUARANTINE",)),
        (UnitState.QUARANTINED, ExcursionDecision.USABLE, "0", "7.5", ("UNT-QUARANTINE",)),
        (UnitState.QUARANTINED, ExcursionDecision.DESTROY, "0", "7.5", ()),
        (UnitState.INFUSED, None, "1.4", "1.4", ()),
        (UnitState.INFUSED, None, "1.4", "1.41", ("UNT-VOLUME",)),
        (UnitState.INFUSED, None, "0", "0", ("UNT-STATE",)),
        (UnitState.DESTROYED, None, "0", "7.5", ("UNT-STATE",)),
    ],
)
def test_destroying(state, decided, returned, volume, expected):
    found = may_destroy(
        replace(STOCKED, state=state),
        volumes=volumes(infused="6.1" if state is UnitState.INFUSED else None, returned=returned),
        volume_ml=Decimal(volume),
        decided=decided,
    )
    assert found.codes == expected


@pytest.mark.parametrize(
    ("state", "known", "note", "expected"),
    [
        (UnitState.INFUSED, {"infused": "7.5"}, "", ()),
        (UnitState.INFUSED, {"infused": "6.1", "returned": "1.4", "destroyed": "1.4"}, "", ()),
        (UnitState.INFUSED, {"infused": "6.1", "returned": "1.4"}, "x", ("UNT-REST",)),
        (UnitState.INFUSED, {"infused": "6.1"}, " ", ("UNT-DIFFERENCE",)),
        (UnitState.INFUSED, {"infused": "6.1"}, "left in the line", ()),
        (UnitState.INFUSED, {}, "x", ("UNT-STATE",)),
        (UnitState.DESTROYED, {"destroyed": "7.5"}, "", ()),
        (UnitState.DESTROYED, {"destroyed": "7.4"}, "", ("UNT-DIFFERENCE",)),
        (UnitState.ISSUED, {}, "x", ("UNT-STATE",)),
    ],
)
def test_closing_the_account_of_a_unit(state, known, note, expected):
    found = may_reconcile(replace(THAWED, state=state), volumes=volumes(**known), note=note)
    assert found.codes == expected


@pytest.mark.parametrize("state", list(UnitState))
def test_what_is_still_there_and_not_set_aside_can_be_set_aside(state):
    usable = state in (UnitState.IN_STOCK, UnitState.ASSIGNED, UnitState.ISSUED, UnitState.RETURNED)
    assert may_set_aside(replace(STOCKED, state=state)).codes == (() if usable else ("UNT-STATE",))


@pytest.mark.parametrize(
    ("is_open", "decision", "rationale", "expected"),
    [
        (True, ExcursionDecision.USABLE, "stable", ()),
        (True, ExcursionDecision.DESTROY, "warm", ()),
        (True, ExcursionDecision.OPEN, "x", ("UNT-DECISION",)),
        (True, ExcursionDecision.USABLE, " ", ("UNT-RATIONALE",)),
        (False, ExcursionDecision.USABLE, "x", ("UNT-DECIDED",)),
    ],
)
def test_a_quarantine_is_decided_once_with_its_rationale(is_open, decision, rationale, expected):
    assert may_decide_quarantine(is_open=is_open, decision=decision, rationale=rationale).codes == expected


def test_another_donor_than_before_is_told_and_the_same_is_not():
    earlier = [(2, "D-2"), (1, "D-1")]
    assert other_donors("D-1", earlier=earlier) == ((2, "D-2"),)
    assert other_donors("D-3", earlier=earlier) == ((1, "D-1"), (2, "D-2"))
    assert other_donors("D-1", earlier=[]) == ()


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
    assert may_issue(facts, plan=PLAN, reading=None, at=AT).codes == (
        "UNT-UNRELEASED",
        "UNT-EXPIRED",
        "UNT-STATE",
        "UNT-USE-BY",
        "UNT-VIABILITY",
    )
