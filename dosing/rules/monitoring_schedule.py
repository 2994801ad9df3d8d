"""When the vital signs of an infusion are due: minutes before and after its start, then after its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from trial.protocol.schema import MonitoringPlan, VisitPlan

EXTRA = "X"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePoint:
    """``code``: "S-15" from the start, "E+30" from the end, the visit's code for the next morning.

    ``due_at`` None: before the start nobody knows when it will be. From ``opens_at`` to ``closes_at``, both included,
    a measurement is on time: to the minute, as it is read from a clock and typed.
    """

    code: str
    due_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def is_on_time(self, taken_at: datetime) -> bool:
        """Before the start is known every time is."""
        if self.opens_at is None or self.closes_at is None:
            return True
        return to_minute(self.opens_at) <= to_minute(taken_at) <= to_minute(self.closes_at)

    def is_over(self, at: datetime) -> bool:
        return self.closes_at is not None and to_minute(at) > to_minute(self.closes_at)


def time_points(
    plan: MonitoringPlan,
    *,
    started_at: datetime | None,
    ended_at: datetime | None,
    at: datetime,
    morning: VisitPlan | None,
) -> tuple[TimePoint, ...]:
    """The series in the order in which it is due, as far as it is known at ``at``.

    Before the start: what is measured before it. While it runs: the fixed points, and the repeated ones up to the next
    that is due. After the end: those until the end, those counted from the end, and the next morning.
    Source: monitoring plan; domain 1.8.
    """
    if started_at is None:
        return tuple(TimePoint(code=start_code(minutes)) for minutes in plan.minutes_from_start if minutes < 0)
    points = [
        *(_from_start(plan, minutes, started_at=started_at) for minutes in plan.minutes_from_start),
        *_repeated(plan, started_at=started_at, until=ended_at or at + _repeat(plan)),
    ]
    if ended_at is not None:
        points += _from_end(plan, started_at=started_at, ended_at=ended_at)
        points += _next_morning(morning, started_at=started_at)
    return tuple(sorted(points, key=lambda point: point.due_at or started_at))


def to_minute(at: datetime) -> datetime:
    """The minute that a clock shows."""
    return at.replace(second=0, microsecond=0)


def start_code(minutes: int) -> str:
    return f"S{minutes:+d}"


def end_code(minutes: int) -> str:
    return f"E{minutes:+d}"


def series_over_at(points: tuple[TimePoint, ...]) -> datetime | None:
    """When the last of them closes; None while that is not known."""
    closing = [point.closes_at for point in points if point.closes_at is not None]
    return max(closing) if closing and len(closing) == len(points) else None


def _repeat(plan: MonitoringPlan) -> timedelta:
    return timedelta(minutes=plan.repeat_minutes_until_end)


def _repeated(plan: MonitoringPlan, *, started_at: datetime, until: datetime) -> Iterator[TimePoint]:
    """From the last fixed point on, every so many minutes up to and including ``until``."""
    minutes = max(plan.minutes_from_start, default=0) + plan.repeat_minutes_until_end
    while started_at + timedelta(minutes=minutes) <= until:
        yield _from_start(plan, minutes, started_at=started_at)
        minutes += plan.repeat_minutes_until_end


def _from_start(plan: MonitoringPlan, minutes: int, *, started_at: datetime) -> TimePoint:
    return _point(plan, start_code(minutes), due_at=started_at + timedelta(minutes=minutes), started_at=started_at)


def _from_end(plan: MonitoringPlan, *, started_at: datetime, ended_at: datetime) -> Iterator[TimePoint]:
    for minutes in plan.minutes_from_end:
        due_at = ended_at + timedelta(minutes=minutes)
        yield _point(plan, end_code(minutes), due_at=due_at, started_at=started_at)


def _next_morning(visit: VisitPlan | None, *, started_at: datetime) -> Iterator[TimePoint]:
    """Its window is that of the visit, in hours from the start; it is due when it opens."""
    if visit is None or visit.opens_after_hours is None or visit.closes_after_hours is None:
        return
    opens_at = started_at + timedelta(hours=visit.opens_after_hours)
    closes_at = started_at + timedelta(hours=visit.closes_after_hours)
    yield TimePoint(code=visit.code, due_at=opens_at, opens_at=opens_at, closes_at=closes_at)


def _point(plan: MonitoringPlan, code: str, *, due_at: datetime, started_at: datetime) -> TimePoint:
    """The closer tolerance holds for everything due within the first hour from the start."""
    is_early = due_at <= started_at + timedelta(minutes=plan.tolerance_until_minutes)
    tolerance = timedelta(minutes=plan.tolerance_minutes if is_early else plan.later_tolerance_minutes)
    return TimePoint(code=code, due_at=due_at, opens_at=due_at - tolerance, closes_at=due_at + tolerance)
