"""Which vital signs and symptoms call for a pause: against the protocol's limits and the values before the start."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trial.protocol.schema import AlertComparison, MonitoringAlert, MonitoringPlan

Readings = Mapping[str, Decimal | None]

_AGAINST_BEFORE = frozenset({AlertComparison.DROP_POINTS, AlertComparison.DROP_PERCENT, AlertComparison.RISE_POINTS})
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class VitalAlert:
    """``code`` as in the protocol; of a symptom its own code in capitals."""

    code: str
    label: str


def vital_alerts(
    readings: Readings, *, symptoms: Collection[str], before: Readings | None, plan: MonitoringPlan
) -> tuple[VitalAlert, ...]:
    """Every limit that the values touch, in the order of the protocol, then every symptom that alerts.

    Below and above are strict; falls and rises include the limit. ``before``: the values taken before the start; what
    is judged against them is silent without them, and their absence is a gap of the series in its own right.
    Source: monitoring.alerts, monitoring.symptoms; domain 1.8.
    """
    return (*_of_values(readings, before or {}, plan), *_of_symptoms(symptoms, plan))


def _of_values(readings: Readings, before: Readings, plan: MonitoringPlan) -> Iterator[VitalAlert]:
    for alert in plan.alerts:
        value, earlier = readings.get(alert.field), before.get(alert.field)
        if value is None or (earlier is None and alert.comparison in _AGAINST_BEFORE):
            continue
        if _touches(alert, value, value if earlier is None else earlier):
            yield VitalAlert(alert.code, alert.label)


def _touches(alert: MonitoringAlert, value: Decimal, before: Decimal) -> bool:
    limit = alert.limit
    match alert.comparison:
        case AlertComparison.BELOW:
            return value < limit
        case AlertComparison.ABOVE:
            return value > limit
        case AlertComparison.AT_OR_ABOVE:
            return value >= limit
        case AlertComparison.DROP_POINTS:
            return before - value >= limit
        case AlertComparison.RISE_POINTS:
            return value - before >= limit
        case AlertComparison.DROP_PERCENT:
            # Multiplied out: a quotient of decimals would be rounded at the very limit.
            return before > 0 and (before - value) * _HUNDRED >= limit * before


def _of_symptoms(symptoms: Collection[str], plan: MonitoringPlan) -> Iterator[VitalAlert]:
    for symptom in plan.symptoms:
        if symptom.alerts and symptom.code in symptoms:
            yield VitalAlert(symptom.code.upper(), symptom.label)
