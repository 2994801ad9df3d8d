"""When a visit can be entered as done or missed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from followup.rules.attendance import VisitFacts, may_complete, may_mark_missed
from followup.rules.states import AdverseEventAnswer, VisitState
from followup.rules.visit_codes import visit_plan_of
from trial.protocol.loading import shipped_definition
from trial.rules.site_time import from_wall_clock

SCHEDULE = shipped_definition().schedule
ZONE = "Asia/Taipei"
D28, D7, BASE = (visit_plan_of(code, schedule=SCHEDULE) for code in ("I1D28", "I1D7", "BASE"))
SECOND = timedelta(seconds=1)


def moment(text):
    return from_wall_clock(datetime.fromisoformat(text), timezone=ZONE)


OPENS, CLOSES = moment("2025-03-31T00:00"), moment("2025-04-03T23:59:59")
NOW = moment("2025-05-01T09:00")


def ok_visit(**changes):
    facts = VisitFacts(
        code="I1D28",
        state=VisitState.PLANNED,
        plans=(D28,),
        opens_at=OPENS,
        closes_at=CLOSES,
        consented=True,
        timezone=ZONE,
    )
    return replace(facts, **changes)


def complete(facts, *, done_at=OPENS, asked=AdverseEventAnswer.NONE, note="", at=NOW):
    return may_complete(facts, done_at=done_at, asked=asked, note=note, at=at).codes


@pytest.mark.parametrize("done_at", [OPENS, CLOSES])
def test_both_ends_of_the_window_are_inside(done_at):
    assert complete(ok_visit(), done_at=done_at) == ()


def test_the_visit_that_ends_the_observation_is_never_early_whatever_the_note_says():
    assert complete(ok_visit(), done_at=OPENS - SECOND, note="holiday") == ("VIS-EARLY",)
    assert complete(
        ok_visit(code="I2D0", plans=(visit_plan_of("I2D0", schedule=SCHEDULE), D28)), done_at=OPENS - SECOND
    ) == (
        "VIS-EARLY",
        "VIS-WINDOW-NOTE",
    )


def test_outside_its_window_a_visit_says_why():
    assert complete(ok_visit(), done_at=CLOSES + SECOND) == ("VIS-WINDOW-NOTE",)
    assert complete(ok_visit(), done_at=CLOSES + SECOND, note="flight cancelled") == ()
    assert complete(ok_visit(code="I1D7", plans=(D7,)), done_at=OPENS - SECOND, note="flight moved") == ()


def test_every_reason_is_told_at_once():
    facts = ok_visit(state=VisitState.MISSED, consented=False)
    codes = complete(facts, done_at=NOW + SECOND, asked=AdverseEventAnswer.NOT_ASKED)
    assert codes == ("VIS-STATE", "VIS-FUTURE", "VIS-CONSENT", "VIS-ASKED", "VIS-WINDOW-NOTE")


def test_a_visit_after_an_infusion_needs_the_infusion_and_one_before_it_does_not():
    assert complete(ok_visit(opens_at=None, closes_at=None)) == ("VIS-INFUSION",)
    assert complete(ok_visit(code="BASE", plans=(BASE,), opens_at=None, closes_at=None)) == ()


def test_a_visit_is_missed_only_once_it_can_no_longer_be_done():
    assert may_mark_missed(ok_visit(), reason="moved away", at=CLOSES + SECOND).allowed
    assert may_mark_missed(ok_visit(), reason="moved away", at=CLOSES).codes == ("VIS-OPEN",)
    assert may_mark_missed(ok_visit(opens_at=None, closes_at=None), reason=" ", at=NOW).codes == (
        "VIS-OPEN",
        "VIS-REASON",
    )
