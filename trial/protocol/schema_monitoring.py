"""The watch over a participant on the day of an infusion: when to measure, what, and which value calls for a pause."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from trial.protocol.frozen import Code, Count, Frozen, Positive, Text


class AlertComparison(StrEnum):
    """How a measured value is held against its limit. Drops and rises are against the value before the infusion."""

    BELOW = "below"
    ABOVE = "above"
    AT_OR_ABOVE = "at_or_above"
    DROP_POINTS = "drop_points"
    DROP_PERCENT = "drop_percent"
    RISE_POINTS = "rise_points"


class MonitoringField(Frozen):
    """One measurement of a time point. ``unit`` is None for text and check-lists."""

    code: Code
    label: Text
    unit: str | None = None


class MonitoringAlert(Frozen):
    """A value that prompts "pause the infusion?". BELOW and ABOVE are strict; drops and rises include the limit."""

    code: Code
    field: Code
    comparison: AlertComparison
    limit: Decimal
    label: Text


class MonitoringSymptom(Frozen):
    code: Code
    label: Text
    alerts: bool


class MonitoringPlan(Frozen):
    """Minutes are counted from the actual start (negative: before it), then from the actual end of the infusion.

    From the last of ``minutes_from_start`` on, a measurement is due every ``repeat_minutes_until_end`` until the end.
    Tolerance is ``tolerance_minutes`` up to and including ``tolerance_until_minutes`` from start, afterwards
    ``later_tolerance_minutes``. The next morning's measurement belongs to the visit ``next_morning_visit``.
    """

    minutes_from_start: tuple[int, ...]
    repeat_minutes_until_end: Positive
    minutes_from_end: tuple[int, ...]
    next_morning_visit: Code
    tolerance_minutes: Count
    tolerance_until_minutes: Count
    later_tolerance_minutes: Count
    reaction_window_hours: Positive
    reaction_term: Text
    fields: tuple[MonitoringField, ...]
    symptoms: tuple[MonitoringSymptom, ...]
    alerts: tuple[MonitoringAlert, ...]


class TemperatureLimit(Frozen):
    """Inclusive limits in degrees Celsius for a step of the chain of custody; a reading outside means quarantine."""

    code: Code
    label: Text
    minimum_celsius: Decimal | None = None
    maximum_celsius: Decimal | None = None


class StoppingRules(Frozen):
    """What places a dosing hold at once. Each limit is inclusive; their evaluation expires after the stated hours."""

    any_death: bool
    related_minimum_grade: Positive
    same_term_minimum_grade: Positive
    same_term_events: Positive
    terms_of_any_grade: tuple[Text, ...]
    late_release_failure: bool
    evaluation_max_age_hours: Positive
