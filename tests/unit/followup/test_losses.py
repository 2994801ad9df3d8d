"""When a participant can be lost to follow-up, and found again. Both sides of each bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from enrollment.rules.states import SubjectState
from followup.rules.losses import FOLLOWED, LossFacts, may_record_found, may_record_loss

DAY = timedelta(days=1)
TODAY, SEEN, REGISTERED = date(2025, 4, 2), date(2025, 3, 18), date(2025, 3, 1)
FACTS = LossFacts(state=SubjectState.FOLLOW_UP, registered_on=REGISTERED, last_seen_on=SEEN, lost_on=None)


@pytest.mark.parametrize(
    ("facts", "entered", "expected"),
    [
        pytest.param({}, {"lost_on": TODAY}, (), id="today"),
        pytest.param({}, {"lost_on": TODAY + DAY}, ("LST-FUTURE",), id="tomorrow"),
        pytest.param({}, {"lost_on": SEEN}, (), id="the-day-seen-last"),
        pytest.param({}, {"lost_on": SEEN - DAY}, ("LST-SEEN",), id="the-day-before"),
        pytest.param({"last_seen_on": None}, {"lost_on": REGISTERED}, (), id="the-day-of-registration"),
        pytest.param({"last_seen_on": None}, {"lost_on": REGISTERED - DAY}, ("LST-EARLY",), id="before-registration"),
        pytest.param({}, {"attempts": " \n"}, ("LST-ATTEMPTS",), id="nobody-looked"),
        pytest.param({"lost_on": SEEN}, {}, ("LST-TWICE",), id="lost-already"),
        pytest.param(
            {"state": SubjectState.SCREENING},
            {"lost_on": REGISTERED - DAY, "attempts": ""},
            ("LST-STATE", "LST-EARLY", "LST-SEEN", "LST-ATTEMPTS"),
            id="every-reason-at-once",
        ),
    ],
)
def test_a_loss(facts: dict[str, Any], entered: dict[str, Any], expected: tuple[str, ...]) -> None:
    values = {"lost_on": TODAY, "attempts": "Called on three days", "today": TODAY} | entered
    decision = may_record_loss(replace(FACTS, **facts), **values)
    assert decision.codes == expected
    assert all(reason.source for reason in decision.reasons)


@pytest.mark.parametrize("state", SubjectState)
def test_who_can_be_lost(state: SubjectState) -> None:
    facts = replace(FACTS, state=state)
    expected = () if state in FOLLOWED else ("LST-STATE",)
    assert may_record_loss(facts, lost_on=TODAY, attempts="x", today=TODAY).codes == expected
    assert may_record_found(replace(facts, lost_on=SEEN), reason="x").codes == expected


@pytest.mark.parametrize(
    ("lost_on", "reason", "expected"),
    [(SEEN, "Came to the clinic", ()), (None, "x", ("LST-NOT",)), (SEEN, " ", ("LST-REASON",))],
    ids=["found", "never-lost", "without-a-reason"],
)
def test_found_again(lost_on: date | None, reason: str, expected: tuple[str, ...]) -> None:
    assert may_record_found(replace(FACTS, lost_on=lost_on), reason=reason).codes == expected
