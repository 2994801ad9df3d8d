"""Days of treatment: gaps that are bridged and gaps that are not, doses that last long enough and doses that do not."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from enrollment.rules.treatment_days import Stretch, highest_sustained, longest_together, together
from enrollment.rules.treatment_records import Days

NEW_YEAR = date(2024, 1, 1)


def days(first: int, last: int) -> Days:
    """Counted from New Year, which is day 0."""
    return Days(NEW_YEAR + timedelta(days=first), NEW_YEAR + timedelta(days=last))


def day(number: int) -> date:
    return NEW_YEAR + timedelta(days=number)


@pytest.mark.parametrize(
    ("gap", "stretches"),
    [
        pytest.param(0, 1, id="the next day"),
        pytest.param(29, 1, id="29 days"),
        pytest.param(30, 1, id="30 days: the last that is bridged"),
        pytest.param(31, 2, id="31 days: no more"),
    ],
)
def test_a_gap_of_up_to_30_days_is_bridged(gap: int, stretches: int) -> None:
    steroid, other = [days(0, 500)], [days(0, 99), days(100 + gap, 500)]
    found = together(steroid, other, gap_days=30)
    assert len(found) == stretches
    assert together(other, steroid, gap_days=30) == found
    if stretches == 1:
        gaps = () if gap == 0 else (days(100, 99 + gap),)
        assert found == (Stretch(day(0), day(500), gaps),)


def test_days_without_both_count_as_one_gap_whichever_drug_was_stopped() -> None:
    steroid, other = [days(0, 99), days(120, 300)], [days(0, 119), days(140, 300)]
    assert together(steroid, other, gap_days=40) == (Stretch(day(0), day(300), (days(100, 139),)),)
    assert len(together(steroid, other, gap_days=39)) == 2


def test_drugs_that_were_never_given_on_the_same_day_never_overlap() -> None:
    assert longest_together([days(0, 99)], [days(100, 200)], gap_days=30) is None
    assert longest_together([], [days(0, 99)], gap_days=30) is None


def test_a_change_from_drug_to_drug_of_a_class_is_no_gap() -> None:
    steroid, other = [days(0, 50), days(51, 300), days(20, 30)], [days(10, 250)]
    assert together(steroid, other, gap_days=0) == (Stretch(day(10), day(250)),)


def test_the_longest_stretch_counts_and_of_two_alike_the_later() -> None:
    other = [days(0, 1000)]
    assert longest_together([days(0, 100), days(200, 250)], other, gap_days=0) == Stretch(day(0), day(100))
    assert longest_together([days(0, 50), days(200, 250)], other, gap_days=0) == Stretch(day(200), day(250))


@pytest.mark.parametrize(
    ("pulse_days", "sustained"),
    [pytest.param(3, 20, id="3 days of a pulse"), pytest.param(6, 20, id="6 days"), pytest.param(7, 1270, id="7 days")],
)
def test_a_pulse_counts_as_the_dose_of_its_days(pulse_days: int, sustained: int) -> None:
    doses = [(days(0, 100), Fraction(20)), (days(50, 49 + pulse_days), Fraction(1250))]
    found = highest_sustained(doses, days=7)
    assert found is not None
    assert found.mg_per_day == sustained
    assert found.days == (days(0, 100) if sustained == 20 else days(50, 56))


def test_a_taper_sustains_the_dose_of_which_it_does_not_fall_short() -> None:
    doses = [(days(0, 3), Fraction(60)), (days(4, 9), Fraction(50)), (days(10, 90), Fraction(30))]
    found = highest_sustained(doses, days=7)
    assert found is not None
    assert (found.mg_per_day, found.days) == (50, days(0, 9))


def test_a_day_without_a_dose_ends_it() -> None:
    doses = [(days(0, 5), Fraction(60)), (days(7, 12), Fraction(60))]
    assert highest_sustained(doses, days=7) is None
    assert highest_sustained(doses, days=6) is not None
    assert highest_sustained([], days=1) is None
