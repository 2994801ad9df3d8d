"""Entering, correcting and answering vital signs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from dosing.rules.states import AlertAction, InfusionState
from dosing.rules.vital_answer import may_answer
from dosing.rules.vital_entry import VitalEntryFacts, may_correct_vital_signs, may_record_vital_signs
from tests.builders.guard import AT, SECOND

ENTRY = VitalEntryFacts(
    state=InfusionState.RUNNING,
    started_at=AT - 900 * SECOND,
    point="S+15",
    known=frozenset({"S-15", "S+0", "S+15"}),
    recorded_by="",
    taken_at=AT,
    not_done_reason="",
    readings={"heart_rate": Decimal(80), "systolic_pressure": None, "diastolic_pressure": None},
    has_symptoms_or_comment=False,
)
NOTHING = {"heart_rate": None}
STARTED = ENTRY.started_at
DAY = 86_400 * SECOND


def pressure(systolic: int, diastolic: int) -> dict[str, object]:
    return {"readings": {"systolic_pressure": Decimal(systolic), "diastolic_pressure": Decimal(diastolic)}}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, ()),
        ({"point": "X"}, ()),
        ({"point": "S+30"}, ("DOS-VITALS-POINT",)),
        ({"recorded_by": "Nurse One"}, ("DOS-VITALS-RECORDED",)),
        ({"state": InfusionState.NOT_GIVEN}, ("DOS-STATE",)),
        ({"taken_at": AT + SECOND}, ("DOS-MEASURED-FUTURE",)),
        ({"taken_at": STARTED}, ()),
        ({"taken_at": STARTED - SECOND}, ("DOS-VITALS-ORDER",)),
        ({"started_at": STARTED + 59 * SECOND, "taken_at": STARTED}, ()),
        ({"started_at": STARTED + 60 * SECOND, "taken_at": STARTED}, ("DOS-VITALS-ORDER",)),
        ({"point": "S-15", "taken_at": STARTED}, ()),
        ({"point": "S-15", "taken_at": STARTED + SECOND}, ("DOS-VITALS-ORDER",)),
        ({"point": "S-15", "started_at": None}, ()),
        ({"point": "X", "taken_at": STARTED - SECOND}, ()),
        ({"readings": NOTHING}, ("DOS-VITALS-EMPTY",)),
        ({"readings": NOTHING, "has_symptoms_or_comment": True}, ()),
        ({"taken_at": None, "readings": NOTHING}, ("DOS-REASON",)),
        ({"taken_at": None, "readings": NOTHING, "not_done_reason": " "}, ("DOS-REASON",)),
        ({"taken_at": None, "readings": NOTHING, "not_done_reason": "Asleep"}, ()),
        ({"taken_at": None, "not_done_reason": "Asleep"}, ("DOS-VITALS-EMPTY",)),
        (pressure(81, 80), ()),
        (pressure(80, 80), ("DOS-VITALS-PRESSURE",)),
        (pressure(70, 120), ("DOS-VITALS-PRESSURE",)),
        ({"point": "X", "taken_at": STARTED - DAY}, ()),
        ({"point": "X", "taken_at": STARTED - DAY - SECOND}, ("DOS-VITALS-ORDER",)),
        ({"point": "S-15", "started_at": None, "taken_at": AT - DAY}, ()),
        ({"point": "S-15", "started_at": None, "taken_at": AT - DAY - SECOND}, ("DOS-VITALS-ORDER",)),
        ({"readings": {"temperature": Decimal("24.9")}}, ("DOS-VITALS-IMPOSSIBLE",)),
        ({"readings": {"temperature": Decimal("25.0")}}, ()),
        ({"readings": {"temperature": Decimal("45.0")}}, ()),
        ({"readings": {"temperature": Decimal("45.1")}}, ("DOS-VITALS-IMPOSSIBLE",)),
        ({"readings": {"heart_rate": Decimal(0)}}, ()),
        ({"readings": {"heart_rate": Decimal(350)}}, ()),
        ({"readings": {"heart_rate": Decimal("350.1")}}, ("DOS-VITALS-IMPOSSIBLE",)),
    ],
)
def test_recording(wrong, expected):
    assert may_record_vital_signs(replace(ENTRY, **wrong), at=AT).codes == expected


@pytest.mark.parametrize(
    ("superseded", "reason", "wrong", "expected"),
    [
        (False, "Read wrongly", {}, ()),
        # The point is recorded, that is why it is corrected; and it may be one that is not due any more.
        (False, "Read wrongly", {"recorded_by": "Nurse One", "point": "S+75"}, ()),
        (True, "Read wrongly", {}, ("DOS-VITALS-REPLACED",)),
        (False, " ", {}, ("DOS-REASON",)),
        (False, "Read wrongly", {"taken_at": AT + SECOND}, ("DOS-MEASURED-FUTURE",)),
    ],
)
def test_correcting(superseded, reason, wrong, expected):
    decision = may_correct_vital_signs(replace(ENTRY, **wrong), superseded=superseded, reason=reason, at=AT)
    assert decision.codes == expected


@pytest.mark.parametrize(
    ("alerts", "by", "action", "note", "expected"),
    [
        (("SBP_LOW",), "", AlertAction.PAUSED, "", ()),
        (("SBP_LOW",), "", AlertAction.WATCHED, "Known to run low", ()),
        (("SBP_LOW",), "", AlertAction.WATCHED, " ", ("DOS-REASON",)),
        (("SBP_LOW",), "", AlertAction.WRONG, "", ("DOS-REASON",)),
        (("SBP_LOW",), "Nurse One", AlertAction.PAUSED, "", ("DOS-ALERT-ANSWERED",)),
        ((), "", AlertAction.PAUSED, "", ("DOS-ALERT-NONE",)),
    ],
)
def test_answering(alerts, by, action, note, expected):
    assert may_answer(alerts=alerts, answered_by=by, action=action, note=note).codes == expected
