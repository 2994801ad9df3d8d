"""Whether vital signs may be recorded, corrected or declared not done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from dosing.rules.monitoring_schedule import EXTRA, to_minute
from dosing.rules.states import InfusionState
from dosing.rules.vital_alerts import Readings
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, monitoring on the day of the infusion"
_SYSTOLIC, _DIASTOLIC = "systolic_pressure", "diastolic_pressure"
# Lowest and highest that a person can have, arrest of heart and breath included: beyond it a key was missed. A slipped
# decimal point would else be judged as a value: 3.7 degrees alerts nobody of 37, nor of 39.
_POSSIBLE = {
    "heart_rate": (0, 350),
    "respiratory_rate": (0, 120),
    _SYSTOLIC: (0, 350),
    _DIASTOLIC: (0, 250),
    "temperature": (25, 45),
    "oxygen_flow": (0, 100),
}
# Whoever mistakes the day of a value during an infusion has it judged as one from before the start.
_EARLIEST_BEFORE_START = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalEntryFacts:
    """``taken_at`` None: it was not done, for ``not_done_reason``. ``known``: codes of the series as known now.

    ``recorded_by``: who has recorded this point already, in words, else empty.
    """

    state: InfusionState
    started_at: datetime | None
    point: str
    known: frozenset[str]
    recorded_by: str
    taken_at: datetime | None
    not_done_reason: str
    readings: Readings
    has_symptoms_or_comment: bool


def may_record_vital_signs(facts: VitalEntryFacts, *, at: datetime) -> Decision:
    """A known point, once, in the past, with something in it. Source: domain 1.8; one row for each time point."""
    return Decision.of([*_series(facts), *_time(facts, at=at), *_content(facts)])


def may_correct_vital_signs(facts: VitalEntryFacts, *, superseded: bool, reason: str, at: datetime) -> Decision:
    """As an entry; of the row in force, with the reason. Source: 21 CFR 11.10(e)."""
    reasons = [
        Reason("DOS-VITALS-REPLACED", "Somebody has corrected this entry meanwhile. Look again.", _SOURCE)
        if superseded
        else None,
        None if reason.strip() else Reason("DOS-REASON", "Say why the entry is corrected.", "21 CFR 11.10(e)"),
    ]
    return Decision.of([*reasons, *_time(facts, at=at), *_content(facts)])


def _series(facts: VitalEntryFacts) -> Iterator[Reason]:
    if facts.state is InfusionState.NOT_GIVEN:
        yield Reason("DOS-STATE", "The infusion was not given: there is nothing to watch.", _SOURCE)
    if facts.point != EXTRA and facts.point not in facts.known:
        yield Reason("DOS-VITALS-POINT", f"{facts.point} is not due in this series, or not yet.", _SOURCE)
    if facts.recorded_by:
        message = f"{facts.point} is recorded already: {facts.recorded_by}. Correct that entry instead."
        yield Reason("DOS-VITALS-RECORDED", message, _SOURCE)


def _time(facts: VitalEntryFacts, *, at: datetime) -> Iterator[Reason]:
    if facts.taken_at is None:
        return
    if facts.taken_at > at:
        yield Reason("DOS-MEASURED-FUTURE", "The measurement lies in the future. Check day and hour.", _SOURCE)
    if facts.taken_at < (facts.started_at or at) - _EARLIEST_BEFORE_START:
        message = "The measurement lies more than 24 hours before the infusion. Check day and hour."
        yield Reason("DOS-VITALS-ORDER", message, _SOURCE)
        return
    if facts.started_at is None or facts.point == EXTRA:
        return
    if facts.point.startswith("S-") and facts.taken_at > facts.started_at:
        message = "A value from before the start cannot have been taken after it. Say why it was not done."
        yield Reason("DOS-VITALS-ORDER", message, _SOURCE)
    # A time that is typed has no seconds: in the minute of the start it is not before it.
    if not facts.point.startswith("S-") and facts.taken_at < to_minute(facts.started_at):
        yield Reason("DOS-VITALS-ORDER", f"{facts.point} comes after the start of the infusion.", _SOURCE)


def _content(facts: VitalEntryFacts) -> Iterator[Reason]:
    measured = any(value is not None for value in facts.readings.values()) or facts.has_symptoms_or_comment
    if facts.taken_at is None:
        if not facts.not_done_reason.strip():
            yield Reason("DOS-REASON", "Say why it was not done.", "21 CFR 11.10(e)")
        if measured:
            yield Reason("DOS-VITALS-EMPTY", "Either values or why there are none, not both.", _SOURCE)
        return
    if not measured:
        yield Reason("DOS-VITALS-EMPTY", "Enter at least one value, or say why it was not done.", _SOURCE)
    for name, (lowest, highest) in _POSSIBLE.items():
        value = facts.readings.get(name)
        if value is not None and not Decimal(lowest) <= value <= Decimal(highest):
            message = (
                f"{name.replace('_', ' ').capitalize()} {value} is not possible ({lowest} to {highest}). Look again."
            )
            yield Reason("DOS-VITALS-IMPOSSIBLE", message, _SOURCE)
    systolic, diastolic = facts.readings.get(_SYSTOLIC), facts.readings.get(_DIASTOLIC)
    if systolic is not None and diastolic is not None and systolic <= diastolic:
        message = f"A systolic pressure of {systolic} cannot stand with a diastolic one of {diastolic}."
        yield Reason("DOS-VITALS-PRESSURE", message, _SOURCE)
