"""The series of vital signs of an infusion: what is due when, what was entered, what calls for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from dosing.models import Infusion, VitalSigns
from dosing.rules.monitoring_schedule import EXTRA, TimePoint, time_points
from dosing.rules.states import InfusionState
from trial.protocol.schema import MonitoringPlan

FIELDS = (
    "heart_rate",
    "respiratory_rate",
    "systolic_pressure",
    "diastolic_pressure",
    "temperature",
    "oxygen_saturation",
    "oxygen_flow",
    "inspired_oxygen",
)


_EVER = datetime.max.replace(tzinfo=UTC)


class PointStatus(StrEnum):
    """How a time point stands: entered, why not, to be measured now, later, or its time has passed."""

    DONE = "DONE"
    NOT_DONE = "NOT_DONE"
    DUE = "DUE"
    UPCOMING = "PLANNED"
    MISSED = "MISSED"


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A time point, and the entry in force if there is one. ``point.due_at`` None: not known yet, or an extra one."""

    point: TimePoint
    entry: VitalSigns | None
    status: PointStatus

    @property
    def is_open(self) -> bool:
        return self.entry is None

    @property
    def is_on_time(self) -> bool:
        return self.entry is None or self.entry.taken_at is None or self.point.is_on_time(self.entry.taken_at)


@dataclass(frozen=True, slots=True)
class Series:
    """``lines`` in the order of time. ``unanswered``: entries whose alert nobody has answered, the latest first."""

    lines: tuple[SeriesLine, ...]
    unanswered: tuple[VitalSigns, ...]

    @property
    def next_due(self) -> SeriesLine | None:
        """The point to be entered now: one that is due, else the next that will be."""
        open_lines = [line for line in self.lines if line.is_open]
        for wanted in (PointStatus.DUE, PointStatus.UPCOMING):
            found = next((line for line in open_lines if line.status is wanted), None)
            if found:
                return found
        return None

    def line(self, code: str) -> SeriesLine | None:
        return next((line for line in self.lines if line.point.code == code), None)

    @property
    def entries(self) -> list[VitalSigns]:
        return [line.entry for line in self.lines if line.entry is not None and line.entry.taken_at is not None]


def plan_of(infusion: Infusion) -> MonitoringPlan:
    return infusion.subject.protocol_version.definition.monitoring


def series_points(infusion: Infusion, *, at: datetime | None) -> tuple[TimePoint, ...]:
    """``at`` matters while it runs only: how far the repeated points are known."""
    definition = infusion.subject.protocol_version.definition
    plan = definition.monitoring
    morning = next((v for v in definition.schedule.visits if v.code == plan.next_morning_visit), None)
    known_at = at or infusion.started_at
    if known_at is None:
        return ()
    return time_points(plan, started_at=infusion.started_at, ended_at=infusion.ended_at, at=known_at, morning=morning)


def series_of(infusion: Infusion, *, at: datetime) -> Series:
    """One query, whatever the series holds."""
    entries = entries_of(infusion)
    by_point = {entry.point: entry for entry in entries if entry.point != EXTRA}
    points = () if infusion.state == InfusionState.NOT_GIVEN else series_points(infusion, at=at)
    lines = [_line(point, by_point.pop(point.code, None), at=at) for point in points]
    rest = [entry for entry in entries if entry.point == EXTRA or entry.point in by_point]
    lines += [_line(TimePoint(code=entry.point), entry, at=at) for entry in rest]
    unanswered = [e for e in entries if e.alerts and not hasattr(e, "answer")]
    return Series(tuple(sorted(lines, key=_when)), tuple(reversed(unanswered)))


def entries_of(infusion: Infusion) -> list[VitalSigns]:
    """The entries in force, with observer and answer, in the order in which they were taken. One query."""
    rows = VitalSigns.objects.filter(infusion=infusion, replaced_by__isnull=True)
    return list(rows.select_related("observer", "answer__answered_by", "replaces").order_by("taken_at", "id"))


def readings_of(entry: VitalSigns) -> dict[str, Decimal | None]:
    return {name: getattr(entry, name) for name in FIELDS}


def readings_before(infusion: Infusion, *, started_at: datetime | None) -> Mapping[str, Decimal | None] | None:
    """Of each measurement the latest value taken before the start; None where there are none. One query.

    Who takes one value again just before the start has not taken the others back.
    """
    rows = VitalSigns.objects.filter(infusion=infusion, replaced_by__isnull=True, taken_at__isnull=False)
    if started_at is not None:
        rows = rows.filter(taken_at__lte=started_at)
    before: dict[str, Decimal | None] = {}
    for row in rows.order_by("taken_at", "id"):
        before |= {name: value for name, value in readings_of(row).items() if value is not None}
    return before or None


def _line(point: TimePoint, entry: VitalSigns | None, *, at: datetime) -> SeriesLine:
    return SeriesLine(point, entry, _status(point, entry, at=at))


def _status(point: TimePoint, entry: VitalSigns | None, *, at: datetime) -> PointStatus:
    if entry is not None:
        return PointStatus.DONE if entry.taken_at is not None else PointStatus.NOT_DONE
    if point.is_over(at):
        return PointStatus.MISSED
    return PointStatus.DUE if point.opens_at is None or point.opens_at <= at else PointStatus.UPCOMING


def _when(line: SeriesLine) -> tuple[datetime, str]:
    known: Sequence[datetime | None] = (line.point.due_at, line.entry.taken_at if line.entry else None)
    first = next((time for time in known if time is not None), None)
    return (first or _EVER, line.point.code)
