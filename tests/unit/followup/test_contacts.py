"""When a telephone contact can be entered, and voided. Both sides of each bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enrollment.rules.collection import Withdrawn
from enrollment.rules.states import WithdrawalScope
from followup.rules.contacts import ContactFacts, may_record_contact, may_void_contact
from followup.rules.states import AdverseEventAnswer

AT = datetime(2025, 4, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FACTS = ContactFacts(consented=True, died_at=None, withdrawn=None)


def withdrawn(scope: WithdrawalScope, since: datetime = AT) -> Withdrawn:
    return Withdrawn(scope=scope, since=since)


@pytest.mark.parametrize(
    ("facts", "entered", "expected"),
    [
        pytest.param({}, {}, (), id="now"),
        pytest.param({}, {"contacted_at": AT + SECOND}, ("PHN-FUTURE",), id="in-a-second"),
        pytest.param({"consented": False}, {}, ("PHN-CONSENT",), id="no-consent"),
        pytest.param({"died_at": AT + SECOND}, {}, (), id="a-second-before-death"),
        pytest.param({"died_at": AT}, {}, ("PHN-DIED",), id="at-death"),
        pytest.param({}, {"asked": AdverseEventAnswer.YES}, (), id="answered-yes"),
        pytest.param({}, {"asked": AdverseEventAnswer.NOT_ASKED}, ("PHN-ASKED",), id="not-asked"),
        pytest.param({"withdrawn": withdrawn(WithdrawalScope.TREATMENT)}, {}, (), id="G26-treatment"),
        pytest.param(
            {"withdrawn": withdrawn(WithdrawalScope.FOLLOW_UP)}, {}, ("VIS-WITHDRAWN",), id="G26-at-withdrawal"
        ),
        pytest.param(
            {"withdrawn": withdrawn(WithdrawalScope.FOLLOW_UP, AT + SECOND)}, {}, (), id="G26-a-second-before"
        ),
        pytest.param({"withdrawn": withdrawn(WithdrawalScope.DATA_USE)}, {}, ("VIS-DATA-USE",), id="G26-data-use"),
    ],
)
def test_a_call(facts: dict[str, Any], entered: dict[str, Any], expected: tuple[str, ...]) -> None:
    values = {"contacted_at": AT, "asked": AdverseEventAnswer.NONE, "at": AT} | entered
    decision = may_record_contact(replace(FACTS, **facts), **values)
    assert decision.codes == expected
    assert all(reason.source for reason in decision.reasons)


@pytest.mark.parametrize(
    ("is_void", "reason", "expected"),
    [(False, "Another participant", ()), (True, "x", ("PHN-VOID",)), (False, " ", ("PHN-REASON",))],
)
def test_voiding(is_void: bool, reason: str, expected: tuple[str, ...]) -> None:
    assert may_void_contact(is_void=is_void, reason=reason).codes == expected
