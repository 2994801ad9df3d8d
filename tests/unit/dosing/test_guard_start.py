"""The dosing guard when a start is recorded, at the bedside or afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dosing.rules.guard import may_start
from dosing.rules.guard_facts import Attendant, HoldScope
from tests.builders.guard import AT, SECOND, hold, ok_guard_facts
from tests.unit.dosing.guard_cases import DEFINITION


def start_codes(facts=None, *, started_at=AT, facts_now=None, now=AT, reason="") -> tuple[str, ...]:
    facts = facts or ok_guard_facts()
    return may_start(
        facts,
        facts_now=facts_now or facts,
        regimen=DEFINITION.regimen,
        product=DEFINITION.product,
        started_at=started_at,
        at=now,
        late_entry_reason=reason,
    ).codes


def test_a_start_lies_in_the_past():
    assert start_codes(started_at=AT, now=AT) == ()
    assert start_codes(started_at=AT, now=AT - SECOND) == ("DOS-FUTURE",)


TOLERANCE = timedelta(minutes=DEFINITION.regimen.live_start_tolerance_minutes)


def test_a_late_entry_needs_its_reason_from_just_past_the_tolerance():
    assert start_codes(now=AT + TOLERANCE) == ()
    assert start_codes(now=AT + TOLERANCE + SECOND) == ("DOS-LATE-REASON",)
    assert start_codes(now=AT + TOLERANCE + SECOND, reason="  ") == ("DOS-LATE-REASON",)
    assert start_codes(now=AT + TOLERANCE + SECOND, reason="The network was down") == ()


@pytest.mark.parametrize(("minutes_later", "expected"), [(5, ("DOS-STUDY-HOLD",)), (6, ())])
def test_nobody_dates_a_start_back_behind_a_hold(minutes_later, expected):
    """Within the tolerance the hold of now counts too; a real late entry is judged by the conditions of its time."""
    now = AT + timedelta(minutes=minutes_later)
    facts = ok_guard_facts(holds=(hold(HoldScope.STUDY, placed_at=AT + SECOND),))
    assert start_codes(facts, now=now, reason="Entered after the ward round") == expected


def test_the_facts_of_now_count_at_the_bedside():
    gone = ok_guard_facts(performer=Attendant(username="nurse", delegated=False))
    assert start_codes(facts_now=gone) == ("DOS-PERFORMER",)


def test_a_reason_that_stands_then_and_now_is_said_once():
    facts = ok_guard_facts(consents=())
    assert start_codes(facts, now=AT + SECOND) == ("DOS-CONSENT",)
