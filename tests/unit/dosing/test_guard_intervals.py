"""The dosing guard between infusions: of one subject, and of the subjects of a cohort."""

from __future__ import annotations

import pytest

from dosing.rules.guard_intervals import earliest_start
from dosing.rules.states import InfusionState
from tests.builders.guard import AT, SECOND, ago, at, first_infusion, ok_day, ok_guard_facts, ok_second_infusion
from tests.unit.dosing.guard_cases import DEFINITION, codes, second


def test_the_infusion_before_ends_first_and_is_then_signed_off():
    ended_now = first_infusion(started_at=at(-28), ended_at=AT)
    assert codes(second(earlier=(ended_now,), day=ok_day(signed_off_at=AT))) == ()
    ends_later = first_infusion(started_at=at(-28), ended_at=AT + SECOND)
    assert codes(second(earlier=(ends_later,), day=ok_day(signed_off_at=AT))) == ("DOS-SEQUENCE", "DOS-SIGNOFF")


def test_a_sign_off_from_before_the_end_of_the_previous_infusion_does_not_know_it():
    ended = first_infusion(started_at=at(-28), ended_at=ago(hours=1))
    assert codes(second(earlier=(ended,), day=ok_day(signed_off_at=ago(hours=1)))) == ()
    assert codes(second(earlier=(ended,), day=ok_day(signed_off_at=ago(hours=1, seconds=1)))) == ("DOS-SIGNOFF",)


def test_a_late_entry_is_held_against_those_who_began_after_it():
    """Two subjects one day apart are too near to each other, whichever of them was recorded first."""
    assert "DOS-STAGGER" in codes(ok_guard_facts(cohort_first_infusions=(at(-40), at(6))))
    assert "DOS-STAGGER" not in codes(ok_guard_facts(cohort_first_infusions=(at(-40), at(7))))
    assert "DOS-SENTINEL" in codes(ok_guard_facts(cohort_first_infusions=(at(13),)))
    assert "DOS-SENTINEL" not in codes(ok_guard_facts(cohort_first_infusions=(at(14),)))


def test_a_running_infusion_before_blocks_by_sequence_interval_and_signoff():
    running = first_infusion(started_at=at(-1), state=InfusionState.RUNNING, ended_at=None)
    assert codes(second(earlier=(running,))) == ("DOS-SEQUENCE", "DOS-INTERVAL", "DOS-SIGNOFF")


def test_an_infusion_that_was_not_given_is_not_followed_by_the_next():
    skipped = first_infusion(started_at=at(-28), state=InfusionState.NOT_GIVEN, ended_at=None)
    assert "DOS-SEQUENCE" in codes(second(earlier=(skipped,)))
    assert "DOS-SEQUENCE" in codes(second(earlier=()))


def test_intervals_are_whole_site_days_whatever_the_hour():
    facts = ok_guard_facts(cohort_first_infusions=(at(-14, hour=23, minute=59),))
    assert "DOS-SENTINEL" in codes(facts, when=at(-1, hour=23, minute=59))
    assert "DOS-SENTINEL" not in codes(facts, when=at(0, hour=0, minute=0))


def test_no_interval_stands_before_the_first_subject_of_a_cohort():
    assert codes(ok_guard_facts(cohort_first_infusions=())) == ()
    assert earliest_start(ok_guard_facts(cohort_first_infusions=()), regimen=DEFINITION.regimen, at=AT) == AT


@pytest.mark.parametrize(
    ("facts", "earliest"),
    [
        (ok_guard_facts(cohort_first_infusions=(at(-10),)), at(4, hour=0)),
        (ok_guard_facts(cohort_first_infusions=(at(-20), at(-3))), at(4, hour=0)),
        (ok_second_infusion(earlier=(first_infusion(started_at=at(-20)),)), at(8, hour=0)),
        (ok_second_infusion(), AT),
        (ok_second_infusion(earlier=()), None),
    ],
    ids=["sentinel", "stagger", "interval", "now", "unknown"],
)
def test_the_earliest_start_is_the_first_instant_of_the_site_day(facts, earliest):
    assert earliest_start(facts, regimen=DEFINITION.regimen, at=AT) == earliest
