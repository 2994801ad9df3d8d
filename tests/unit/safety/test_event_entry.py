"""An adverse event as it is entered."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from safety.rules.event_changes import may_change
from safety.rules.event_entry import AdverseEventEntry, died_at, grade_day, may_enter, may_grade, parse_written
from safety.rules.states import Outcome, SeriousnessCriterion
from trial.rules.site_time import from_wall_clock

ZONE = "Asia/Taipei"
FEVER = frozenset({1, 2, 3, 4, 5})
HEADACHE = frozenset({1, 2, 3})


def moment(text):
    return from_wall_clock(datetime.fromisoformat(text), timezone=ZONE)


NOW = moment("2025-03-31T12:00")


def ok_entry(**changes):
    entry = AdverseEventEntry(
        reported_term="發燒", ctcae_term="Fever", onset="2025-03-30", aware_at=NOW, grade=1, graded_on=date(2025, 3, 30)
    )
    return replace(entry, **changes)


def codes(entry, *, grades=FEVER):
    return may_enter(entry, defined_grades=grades, timezone=ZONE, at=NOW).codes


@pytest.mark.parametrize("onset", ["2025", "2025-03", "2025-03-31", "2025-03-31T12:00"])
def test_an_onset_is_as_partial_as_it_is_known(onset):
    assert codes(ok_entry(onset=onset, graded_on=None)) == ()


@pytest.mark.parametrize(
    "onset", ["", "yesterday", "2025-3-1", "2025-02-30", "2025-03-31 12:00", "2025-03-31T12:00:00+08:00"]
)
def test_an_onset_is_never_guessed(onset):
    assert codes(ok_entry(onset=onset, graded_on=None)) == ("AEV-ONSET",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"onset": "2025-03-31T12:01", "graded_on": None}, ("AEV-ONSET-FUTURE",)),
        ({"onset": "2025-04", "graded_on": None}, ("AEV-ONSET-FUTURE",)),
        ({"ended": "2025-03-30"}, ()),
        ({"ended": "2025-03-29"}, ("AEV-END-BEFORE",)),
        ({"ended": "2025-04-01"}, ("AEV-END-FUTURE",)),
        ({"ended": "soon"}, ("AEV-END",)),
        ({"aware_at": moment("2025-03-31T12:01")}, ("AEV-AWARE-FUTURE",)),
        ({"aware_at": moment("2000-01-01T00:00")}, ("AEV-AWARE-BEFORE",)),
        ({"graded_on": date(2025, 4, 1)}, ("AEV-GRADE-FUTURE",)),
        ({"graded_on": date(2025, 3, 29)}, ("AEV-GRADE-BEFORE",)),
        ({"reported_term": " "}, ("AEV-TERM",)),
        ({"serious": True}, ("AEV-SERIOUS",)),
        ({"seriousness_criteria": (SeriousnessCriterion.IMPORTANT,)}, ("AEV-SERIOUS",)),
        ({"baseline_grade": 1}, ("AEV-BASELINE",)),
        ({"baseline_present": True, "baseline_grade": 5}, ("AEV-BASELINE",)),
        ({"died_at": NOW}, ("AEV-DEATH",)),
    ],
)
def test_each_refusal_has_its_code(changes, expected):
    assert codes(ok_entry(**changes)) == expected


def test_only_the_grades_that_are_defined_for_the_term_are_possible():
    assert codes(ok_entry(ctcae_term="Headache", grade=4), grades=HEADACHE) == ("AEV-GRADE",)
    assert codes(ok_entry(ctcae_term="Headache", grade=3), grades=HEADACHE) == ()
    assert codes(ok_entry(ctcae_term="Gremlins"), grades=None) == ("AEV-CTCAE",)
    assert codes(ok_entry(ctcae_term="", grade=4), grades=None) == ()
    assert codes(ok_entry(grade=None)) == ()


@pytest.mark.parametrize(
    "statement",
    [
        {"grade": 5},
        {"outcome": Outcome.FATAL},
        {"serious": True, "seriousness_criteria": (SeriousnessCriterion.DEATH,)},
    ],
)
def test_each_statement_of_death_makes_the_others(statement):
    entry = ok_entry(**statement).made_consistent()
    assert entry.is_fatal
    assert entry.serious
    assert SeriousnessCriterion.DEATH in entry.seriousness_criteria
    assert entry.outcome is Outcome.FATAL
    assert codes(entry) == ()


def test_a_term_without_grade_5_cannot_be_fatal():
    entry = ok_entry(ctcae_term="Headache", outcome=Outcome.FATAL).made_consistent()
    assert codes(entry, grades=HEADACHE) == ("AEV-GRADE",)


def test_the_first_grade_holds_from_the_last_possible_day_of_onset_but_not_from_the_future():
    assert grade_day(ok_entry(onset="2025-02", graded_on=None), timezone=ZONE, at=NOW) == date(2025, 2, 28)
    assert grade_day(ok_entry(onset="2025-03", graded_on=None), timezone=ZONE, at=NOW) == date(2025, 3, 31)


def test_a_death_without_a_time_is_dated_at_the_end_of_its_day_or_now():
    entry = ok_entry(grade=5)
    assert died_at(entry, fatal_on=date(2025, 3, 30), timezone=ZONE, at=NOW) == moment("2025-03-30T23:59:59")
    assert died_at(entry, fatal_on=date(2025, 3, 31), timezone=ZONE, at=NOW) == NOW
    stated = moment("2025-03-30T04:00")
    assert died_at(replace(entry, died_at=stated), fatal_on=date(2025, 3, 30), timezone=ZONE, at=NOW) == stated


def test_a_later_grade_is_judged_like_the_first():
    def grade(value, on):
        decision = may_grade(
            grade=value, graded_on=on, onset="2025-03-30", defined_grades=HEADACHE, timezone=ZONE, at=NOW
        )
        return decision.codes

    assert grade(2, date(2025, 3, 31)) == ()
    assert grade(4, date(2025, 4, 1)) == ("AEV-GRADE", "AEV-GRADE-FUTURE")


def test_a_change_needs_a_reason_and_a_valid_event():
    assert may_change(voided=False, reason="source corrected").allowed
    assert may_change(voided=True, reason=" ").codes == ("AEV-VOIDED", "AEV-REASON")


def test_a_moment_to_the_minute_is_the_whole_minute():
    written = parse_written("2025-03-31T12:00", timezone=ZONE)
    assert (written.latest - written.earliest).seconds == 59
