"""Two numberings of days: one with a day 0, one without."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.rules.study_day import days_since_infusion, study_day

INFUSION = date(2024, 2, 28)


@pytest.mark.parametrize(
    ("on", "since", "day"),
    [
        (date(2024, 2, 26), -2, -2),
        (date(2024, 2, 27), -1, -1),
        (date(2024, 2, 28), 0, 1),
        (date(2024, 2, 29), 1, 2),
        (date(2024, 3, 27), 28, 29),
    ],
)
def test_a_day_in_both_numberings(on: date, since: int, day: int) -> None:
    assert days_since_infusion(on, infusion_on=INFUSION) == since
    assert study_day(on, reference_on=INFUSION) == day


@given(st.integers(min_value=-4000, max_value=4000))
def test_a_study_day_is_never_zero_and_never_repeats(offset: int) -> None:
    on = INFUSION + timedelta(days=offset)
    today, tomorrow = (study_day(day, reference_on=INFUSION) for day in (on, on + timedelta(days=1)))
    assert today != 0
    assert tomorrow > today
