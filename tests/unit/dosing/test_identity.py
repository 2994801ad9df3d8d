"""The identity check by two people, the code on the label, and what is prepared before the start."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from dosing.rules.identity import IdentityFacts, may_check_identity, wrong_unit
from dosing.rules.planning import giving_window, last_day_of_interval
from dosing.rules.preparation import may_give_premedication, may_prepare, may_void_premedication
from dosing.rules.states import InfusionState, UnitState
from dosing.rules.unit_code import read_unit_code
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition

REGIMEN = shipped_definition().regimen
FACTS = IdentityFacts(
    state=InfusionState.PRODUCT_ISSUED,
    subject="CMUH-001",
    infusion_number=1,
    unit="L-01/03",
    unit_state=UnitState.ISSUED,
    is_meant=True,
    first_signer="nurse",
    signer="nurse2",
)


@pytest.mark.parametrize(
    ("first", "wrong", "expected"),
    [
        (True, {}, ()),
        (True, {"first_signer": None}, ()),
        (False, {}, ()),
        (False, {"signer": None}, ()),
        (False, {"first_signer": None}, ("DOS-IDENTITY-FIRST",)),
        (False, {"signer": "nurse"}, ("DOS-PEOPLE-SAME",)),
        (True, {"signer": "nurse"}, ()),
        (False, {"state": InfusionState.RUNNING}, ("DOS-STARTED",)),
        (True, {"unit_state": UnitState.ASSIGNED}, ("DOS-PRODUCT-NOT-ISSUED",)),
        (False, {"is_meant": False}, ("DOS-PRODUCT-ASSIGNED",)),
    ],
)
def test_signing(first, wrong, expected):
    decision = may_check_identity(replace(FACTS, **wrong), first=first)
    assert decision.codes == expected
    assert wrong_unit(decision) == ("DOS-PRODUCT-ASSIGNED" in expected)


UNIT = UUID("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")


@pytest.mark.parametrize(
    ("written", "identifier", "label"),
    [
        (str(UNIT), UNIT, ("", "")),
        (f"  {str(UNIT).upper()}\n", UNIT, ("", "")),
        (UNIT.hex, UNIT, ("", "")),
        (f"https://trial.example/units/{UNIT}/", UNIT, ("", "")),
        ("L-01/03", None, ("L-01", "03")),
        (" ADSC-2401/12 ", None, ("ADSC-2401", "12")),
    ],
)
def test_a_label_is_read(written, identifier, label):
    code = read_unit_code(written)
    assert code is not None
    assert (code.identifier, (code.lot, code.number)) == (identifier, label)


@pytest.mark.parametrize("written", ["", "L-01", "L-01/03/04", "/03", str(UNIT)[:-1], "L 01/03", "\x00/1"])
def test_what_no_label_says_is_no_code(written):
    assert read_unit_code(written) is None


@pytest.mark.parametrize(
    ("state", "changed", "reason", "expected"),
    [
        ("PLANNED", (), "", ()),
        ("PLANNED", ("access_site",), "", ("DOS-REASON",)),
        ("PLANNED", ("access_site",), "Vein collapsed", ()),
        ("RUNNING", (), "", ("DOS-STARTED",)),
    ],
)
def test_preparing(state, changed, reason, expected):
    assert may_prepare(state=InfusionState(state), changed=changed, reason=reason).codes == expected


@pytest.mark.parametrize(
    ("state", "started", "given", "expected"),
    [
        ("PLANNED", None, AT, ()),
        ("PLANNED", None, AT + SECOND, ("DOS-FUTURE",)),
        ("RUNNING", AT, AT, ()),
        ("RUNNING", AT - SECOND, AT, ("DOS-ORDER",)),
        ("NOT_GIVEN", None, AT, ("DOS-STATE",)),
    ],
)
def test_premedication(state, started, given, expected):
    decision = may_give_premedication(state=InfusionState(state), started_at=started, given_at=given, at=AT)
    assert decision.codes == expected


@pytest.mark.parametrize(
    ("voided", "reason", "expected"),
    [(False, "Twice", ()), (False, " ", ("DOS-REASON",)), (True, "Twice", ("DOS-VOIDED",))],
)
def test_voiding(voided, reason, expected):
    assert may_void_premedication(voided=voided, reason=reason).codes == expected


@pytest.mark.parametrize(
    ("days", "outside"),
    [(27, -1), (28, 0), (35, 0), (36, 1), pytest.param(37, 2, id="G29-day-37")],
)
def test_the_days_in_which_the_next_infusion_is_due(days, outside):
    first = date(2026, 3, 2)
    window = giving_window(first, regimen=REGIMEN)
    assert window.days_outside(first + timedelta(days=days)) == outside
    assert window.closes_on == last_day_of_interval(first, regimen=REGIMEN) == first + timedelta(days=35)
