"""An infusion ahead of its day: the days in which it may be given, and what stands against it already."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dosing.rules.guard_facts import DayFacts, HoldScope
from dosing.rules.outlook import GivingDays, giving_days, stands_against
from tests.builders.guard import AT, ago, at, first_infusion, hold, ok_guard_facts, ok_second_infusion
from tests.unit.dosing.guard_cases import DEFINITION, codes

REGIMEN = DEFINITION.regimen
TODAY = date(2026, 3, 12)


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(ok_guard_facts(cohort_first_infusions=()), GivingDays(None, None), id="nobody-before"),
        pytest.param(ok_guard_facts(cohort_first_infusions=(at(-3),)), GivingDays(days(11), None), id="G31-sentinel"),
        pytest.param(
            ok_guard_facts(cohort_first_infusions=(at(-20), at(-1))), GivingDays(days(6), None), id="G44-stagger"
        ),
        pytest.param(
            ok_second_infusion(earlier=(first_infusion(started_at=at(-28)),)),
            GivingDays(days(0), days(7)),
            id="PC-06-second",
        ),
        pytest.param(ok_second_infusion(earlier=()), GivingDays(None, None, is_known=False), id="first-not-begun"),
    ],
)
def test_the_days_of_an_infusion_are_those_of_the_intervals(facts, expected):
    assert giving_days(facts, regimen=REGIMEN) == expected


def test_a_first_infusion_is_given_while_the_signed_results_stand():
    facts = ok_guard_facts(cohort_first_infusions=())
    assert facts.eligibility is not None
    until = replace(facts, eligibility=replace(facts.eligibility, stands_until=days(3)))
    assert giving_days(until, regimen=REGIMEN) == GivingDays(None, days(3))


def test_the_days_are_whole_days_of_the_site():
    window = GivingDays(days(0), days(7))
    assert window.opens_at(timezone="Asia/Taipei").isoformat() == "2026-03-12T00:00:00+08:00"
    assert window.closes_at(timezone="Asia/Taipei").isoformat() == "2026-03-19T23:59:59+08:00"
    assert (GivingDays(None, None).opens_at(timezone="UTC"), GivingDays(None, None).closes_at(timezone="UTC")) == (
        None,
        None,
    )


def test_before_the_day_nothing_of_the_bedside_is_asked():
    bare = ok_guard_facts(product=None, performer=None, verifier=None, day=DayFacts(), can_be_pregnant=None)
    assert stands_against(bare, regimen=REGIMEN, at=AT).allowed
    assert codes(ok_guard_facts()) == ()
    assert codes(bare)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"clearances": ()}, "DOS-COHORT-CLOSED"),
        ({"holds": (hold(HoldScope.STUDY, placed_at=ago(days=1)),)}, "DOS-STUDY-HOLD"),
        ({"consents": ()}, "DOS-CONSENT"),
        ({"eligibility": None}, "DOS-ELIGIBILITY-UNSIGNED"),
        ({"cohort_number": None, "cohort_infusions": None}, "DOS-SLOT"),
        ({"cohort_first_infusions": (at(-13),)}, "DOS-SENTINEL"),
        ({"cohort_first_infusions": (at(-14),)}, None),
    ],
)
def test_what_stands_against_it_is_what_the_guard_says(wrong, code):
    facts = ok_guard_facts(**wrong)
    assert stands_against(facts, regimen=REGIMEN, at=AT).codes == ((code,) if code else ())
    assert stands_against(facts, regimen=REGIMEN, at=AT).codes == codes(facts)


def test_a_day_to_come_is_judged_by_the_intervals_of_that_day():
    facts = ok_guard_facts(cohort_first_infusions=(at(0),))
    assert "DOS-SENTINEL" in stands_against(facts, regimen=REGIMEN, at=at(13)).codes
    assert stands_against(facts, regimen=REGIMEN, at=at(14)).allowed
