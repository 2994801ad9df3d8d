"""Days of a calendar: the weeks of a month, and how long a period may be."""

from __future__ import annotations

from datetime import date, timedelta

WEEK = timedelta(days=7)
LONGEST = timedelta(days=366)
AHEAD = timedelta(days=56)
FIRST_YEAR, LAST_YEAR = 2000, 2199


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def month_after(day: date) -> date:
    """The first day of the next month."""
    return first_of_month(first_of_month(day) + timedelta(days=31))


def month_before(day: date) -> date:
    """The first day of the month before."""
    return first_of_month(first_of_month(day) - timedelta(days=1))


def weeks_of(month: date) -> tuple[tuple[date, ...], ...]:
    """Whole weeks from Monday to Sunday that hold the month, days of its neighbours included. Source: ISO 8601."""
    first = first_of_month(month)
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday < month_after(month):
        weeks.append(tuple(monday + timedelta(days=number) for number in range(7)))
        monday += WEEK
    return tuple(weeks)
