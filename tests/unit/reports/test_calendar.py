"""The weeks of a month, and the months beside it."""

from __future__ import annotations

from datetime import date

import pytest

from reports.rules.calendar import month_after, month_before, weeks_of


@pytest.mark.parametrize(
    ("month", "first", "last", "weeks"),
    [
        (date(2026, 11, 1), date(2026, 10, 26), date(2026, 12, 6), 6),
        (date(2026, 6, 1), date(2026, 6, 1), date(2026, 7, 5), 5),
        (date(2027, 2, 1), date(2027, 2, 1), date(2027, 2, 28), 4),
        (date(2028, 2, 29), date(2028, 1, 31), date(2028, 3, 5), 5),
    ],
)
def test_a_month_is_whole_weeks_from_monday_on(month, first, last, weeks):
    drawn = weeks_of(month)
    assert (drawn[0][0], drawn[-1][-1], len(drawn)) == (first, last, weeks)
    assert all(len(week) == 7 and week[0].weekday() == 0 for week in drawn)
    assert [day for week in drawn for day in week] == sorted({day for week in drawn for day in week})


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (date(2026, 1, 31), date(2025, 12, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 1, 1), date(2028, 3, 1)),
    ],
)
def test_the_months_beside_a_day(day, before, after):
    assert (month_before(day), month_after(day)) == (before, after)
