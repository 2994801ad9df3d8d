"""The curve of the vital signs, drawn on the server: one panel for each measurement, all on one axis of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from dosing.forms.vital_signs import UNIT_SHOWN
from dosing.models import Infusion, Interruption, VitalSigns
from trial.protocol.schema import AlertComparison, MonitoringPlan

WIDTH, HEIGHT = 720, 108
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 10, 22
_FIXED = (AlertComparison.BELOW, AlertComparison.ABOVE, AlertComparison.AT_OR_ABOVE)
# Drawn together, as on paper.
_PANELS = (
    ("heart_rate",),
    ("systolic_pressure", "diastolic_pressure"),
    ("oxygen_saturation",),
    ("temperature",),
)
_MARGIN = Decimal("0.08")


@dataclass(frozen=True, slots=True)
class Curve:
    """``points``: x and y in the units of the picture. ``path``: as SVG joins them."""

    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Panel:
    """``limits``: the heights of the protocol's fixed limits. ``ticks``: height and figure of the axis."""

    label: str
    curves: tuple[Curve, ...]
    limits: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """``spans``: from and to of the time in which it ran, without its pauses. ``hours``: the axis."""

    panels: tuple[Panel, ...]
    spans: tuple[tuple[float, float], ...]
    hours: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def bottom(self) -> int:
        return HEIGHT - _BOTTOM


def chart_of(
    infusion: Infusion,
    entries: Sequence[VitalSigns],
    interruptions: Sequence[Interruption],
    *,
    plan: MonitoringPlan,
    at: datetime,
) -> Chart | None:
    """None before the start and while there is nothing to draw."""
    if infusion.started_at is None or not entries:
        return None
    axis = _Axis.over(infusion.started_at, [e.taken_at for e in entries if e.taken_at], infusion.ended_at or at)
    panels = (_panel(names, entries, axis, plan=plan) for names in _PANELS)
    return Chart(
        panels=tuple(panel for panel in panels if panel is not None),
        spans=_spans(infusion, interruptions, axis, at=at),
        hours=axis.ticks(),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    started_at: datetime
    first: float
    last: float

    @classmethod
    def over(cls, started_at: datetime, times: Sequence[datetime], until: datetime) -> _Axis:
        minutes = [(time - started_at).total_seconds() / 60 for time in (*times, started_at, until)]
        return cls(started_at, min(minutes), max(max(minutes), min(minutes) + 30))

    def x(self, time: datetime) -> float:
        minutes = (time - self.started_at).total_seconds() / 60
        return _LEFT + (minutes - self.first) / (self.last - self.first) * (WIDTH - _LEFT - _RIGHT)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        span = self.last - self.first
        step = next((s for s in (15, 30, 60, 120, 240, 480) if span / s <= 8), 720)  # labels that fit
        minutes = range(int(self.first // step + 1) * step, int(self.last) + 1, step)
        return tuple(
            (_LEFT + (m - self.first) / span * (WIDTH - _LEFT - _RIGHT), f"{m:+d}" if m else "0") for m in minutes
        )


def _panel(names: Sequence[str], entries: Sequence[VitalSigns], axis: _Axis, *, plan: MonitoringPlan) -> Panel | None:
    fields = [field for field in plan.fields if field.code in names]
    limits = [a.limit for a in plan.alerts if a.field in names and a.comparison in _FIXED]
    values = [getattr(entry, name) for entry in entries for name in names]
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = min([*known, *limits]), max([*known, *limits])
    margin = max((high - low) * _MARGIN, Decimal(1))
    low, high = low - margin, high + margin

    def y(value: Decimal) -> float:
        return float(_TOP + (high - value) / (high - low) * (HEIGHT - _TOP - _BOTTOM))

    unit = UNIT_SHOWN.get(fields[0].unit or "", fields[0].unit or "")
    return Panel(
        label=f"{' / '.join(_(field.label) for field in fields)} ({unit})",
        curves=tuple(_curve(name, entries, axis, y) for name in names),
        limits=tuple(y(limit) for limit in limits),
        ticks=tuple((y(value), f"{value.normalize():f}") for value in sorted({min(known), max(known), *limits})),
    )


def _curve(name: str, entries: Sequence[VitalSigns], axis: _Axis, y: Callable[[Decimal], float]) -> Curve:
    taken = [(entry.taken_at, getattr(entry, name)) for entry in entries]
    points = [(axis.x(time), y(value)) for time, value in taken if time is not None and value is not None]
    return Curve(name, tuple(sorted(points)))


def _spans(
    infusion: Infusion, interruptions: Sequence[Interruption], axis: _Axis, *, at: datetime
) -> tuple[tuple[float, float], ...]:
    """When it truly ran, as bars below the curves: x and width."""
    if infusion.started_at is None:
        return ()
    until = infusion.ended_at or at
    begins, spans = infusion.started_at, []
    for row in interruptions:
        spans.append((begins, row.paused_at))
        begins = row.resumed_at or until
    spans.append((begins, until))
    return tuple((axis.x(a), max(axis.x(b) - axis.x(a), 0)) for a, b in spans if b > a)
