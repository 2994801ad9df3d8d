"""When vital signs are due, and when a measurement is on time: domain 1.8."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dosing.rules.monitoring_schedule import TimePoint, series_over_at, time_points
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()
PLAN = DEFINITION.monitoring
MORNING = next(visit for visit in DEFINITION.schedule.visits if visit.code == PLAN.next_morning_visit)
MINUTE = timedelta(minutes=1)
FROM_START = ["S-15", "S+0", "S+15", "S+30", "S+45", "S+60"]
FROM_END = ["E+15", "E+30", "E+60", "E+120", "E+240", "E+360"]


def points(*, ended: int | None = None, now: int = 0, started: bool = True) -> tuple[TimePoint, ...]:
    return time_points(
        PLAN,
        started_at=AT if started else None,
        ended_at=AT + ended * MINUTE if ended is not None else None,
        at=AT + now * MINUTE,
        morning=MORNING,
    )


def codes(**when: int | bool | None) -> list[str]:
    return [point.code for point in points(**when)]  # type: ignore[arg-type]  # a table


def point(code: str, **when: int) -> TimePoint:
    return next(point for point in points(**when) if point.code == code)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"started": False}, ["S-15"]),
        ({"now": 0}, FROM_START),
        ({"now": 59}, FROM_START),
        # The next repeated one is known as soon as the last fixed one is due.
        ({"now": 60}, [*FROM_START, "S+75"]),
        ({"now": 76}, [*FROM_START, "S+75", "S+90"]),
        # Until the end, both included: at 90 minutes that of 90 is due, that of 105 is not.
        ({"ended": 90, "now": 500}, [*FROM_START, "S+75", "S+90", *FROM_END, "D1"]),
        ({"ended": 89, "now": 500}, [*FROM_START, "S+75", *FROM_END, "D1"]),
    ],
)
def test_the_series(when, expected):
    assert codes(**when) == expected


def test_after_a_short_infusion_the_fixed_points_and_those_from_the_end_interleave():
    assert codes(ended=40, now=41) == [
        "S-15",
        "S+0",
        "S+15",
        "S+30",
        "S+45",
        "E+15",
        "S+60",
        "E+30",
        *FROM_END[2:],
        "D1",
    ]


@pytest.mark.parametrize(
    ("code", "ended", "tolerance"),
    [
        ("S-15", 90, 5),
        ("S+0", 90, 5),
        ("S+60", 90, 5),
        ("S+75", 90, 15),
        ("E+15", 90, 15),
        ("E+360", 90, 15),
        # Due within the first hour from the start, whatever it is counted from.
        ("E+15", 45, 5),
        ("E+15", 46, 15),
    ],
)
def test_a_measurement_is_on_time_up_to_its_tolerance(code, ended, tolerance):
    """To the minute: a clock on the ward has no seconds."""
    found = point(code, ended=ended)
    early, late = found.due_at - tolerance * MINUTE, found.due_at + tolerance * MINUTE
    assert [found.is_on_time(at) for at in (early - SECOND, early, late, late + MINUTE - SECOND, late + MINUTE)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert not found.is_over(late + MINUTE - SECOND)
    assert found.is_over(late + MINUTE)


def test_the_next_morning_is_that_of_the_visit_20_to_36_hours_from_the_start():
    morning = point("D1", ended=90)
    assert (morning.opens_at - AT, morning.closes_at - AT) == (timedelta(hours=20), timedelta(hours=36))


def test_before_the_start_every_time_is_on_time_and_nothing_is_over():
    (before,) = points(started=False)
    assert (before.is_on_time(AT), before.is_over(AT)) == (True, False)
    assert series_over_at((before,)) is None


def test_the_series_is_over_when_its_last_point_closes():
    assert series_over_at(points(ended=40)) == AT + timedelta(hours=36)
    # While it runs nobody knows more than the points so far.
    assert series_over_at(points(now=1)) == AT + 65 * MINUTE
