"""Facts of the day: before the start, not from the future, changes with a reason, an unlikely weight weighed again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from dosing.rules.day_entry import DayEntryFacts, EarlierWeight, may_record_day, may_sign_off
from dosing.rules.states import InfusionState
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition
from trial.rules.decision import Reason

REGIMEN = shipped_definition().regimen
ENTRY = DayEntryFacts(
    state=InfusionState.PLANNED,
    weight_kg=Decimal("61.0"),
    earlier=EarlierWeight(Decimal("60.0"), "screening"),
    confirmation="",
    measured_at=(AT, None, AT - SECOND),
    changed=(),
    reason="",
)


def codes(**wrong: object) -> tuple[str, ...]:
    return may_record_day(replace(ENTRY, **wrong), regimen=REGIMEN, at=AT).codes


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, ()),
        ({"weight_kg": None}, ()),
        ({"earlier": None, "weight_kg": Decimal("16.0")}, ()),
        ({"measured_at": (AT + SECOND, None, None)}, ("DOS-MEASURED-FUTURE",)),
        ({"unpaired": ("weight",)}, ("DOS-MEASURED-WHEN",)),
        ({"ended": (Reason("PRE-LOST", "x", "y"),)}, ("PRE-LOST",)),
        ({"changed": ("weight_kg",)}, ("DOS-REASON",)),
        ({"changed": ("weight_kg",), "reason": "  "}, ("DOS-REASON",)),
        ({"changed": ("weight_kg",), "reason": "Misread"}, ()),
        ({"weight_kg": Decimal("66.0")}, ()),
        ({"weight_kg": Decimal("66.1")}, ("DOS-WEIGHT-CONFIRM",)),
        ({"weight_kg": Decimal("54.0")}, ()),
        ({"weight_kg": Decimal("53.9")}, ("DOS-WEIGHT-CONFIRM",)),
        ({"weight_kg": Decimal("53.9"), "confirmation": " "}, ("DOS-WEIGHT-CONFIRM",)),
        ({"weight_kg": Decimal("53.9"), "confirmation": "Weighed twice"}, ()),
        *(({"state": s}, ("DOS-STARTED",)) for s in ("RUNNING", "PAUSED", "COMPLETED", "STOPPED_EARLY", "NOT_GIVEN")),
    ],
)
def test_recording(wrong, expected):
    wrong = wrong | {"state": InfusionState(wrong.get("state", "PLANNED"))}
    assert codes(**wrong) == expected


@pytest.mark.parametrize(
    ("number", "state", "previous", "expected"),
    [
        (2, "PLANNED", "COMPLETED", ()),
        (2, "PLANNED", "STOPPED_EARLY", ()),
        (2, "PLANNED", "RUNNING", ("DOS-SEQUENCE",)),
        (2, "PLANNED", "NOT_GIVEN", ("DOS-SEQUENCE",)),
        (2, "PLANNED", None, ("DOS-SEQUENCE",)),
        (2, "RUNNING", "COMPLETED", ("DOS-STARTED",)),
        (1, "PLANNED", None, ("DOS-SIGNOFF-FIRST",)),
    ],
)
def test_signing_off(number, state, previous, expected):
    before = InfusionState(previous) if previous else None
    assert may_sign_off(number=number, state=InfusionState(state), previous=before).codes == expected


def test_g30_nobody_signs_off_while_dosing_is_held():
    held = may_sign_off(
        number=2, state=InfusionState.PLANNED, previous=InfusionState.COMPLETED, holds=("Chills after infusion 1.",)
    )
    assert held.codes == ("DOS-SIGNOFF-HELD",)
    assert "Chills" in held.reasons[0].message
