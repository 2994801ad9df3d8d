"""Handlings that a person records by hand: stored, moved, taken out, thaw begun, transported, at the bedside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.models import CustodyEvent, ProductUnit
from dosing.rules.custody import LIMITED_STEPS, may_be_recorded_by_hand, may_follow, may_measure
from dosing.rules.states import CustodyStep
from dosing.rules.temperatures import is_within, limit_of
from dosing.rules.unit_handling import may_set_aside
from dosing.selectors.units import chain_of, unit_facts, unit_for_handling
from dosing.services import custody, quarantines, temperatures
from dosing.services.temperatures import ExcursionReport
from trial.errors import require
from trial.models import ProtocolVersion, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated

# What the ward does, the ward records.
_OF_THE_WARD = frozenset({CustodyStep.AT_BEDSIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """``happened_at`` None: now. ``limit_code``: which limits of the protocol the temperature is held against."""

    step: CustodyStep
    happened_at: datetime | None = None
    place: str = ""
    temperature_celsius: Decimal | None = None
    limit_code: str = ""
    note: str = ""


def permission_for(step: CustodyStep) -> Permission:
    return Permission.INFUSION_PREPARE if step in _OF_THE_WARD else Permission.PRODUCT_HANDLE


def record_step(*, unit: ProductUnit, entry: StepEntry, by: User, at: datetime) -> CustodyEvent:
    """Record a handling. A temperature outside its limits sets the unit aside, in the same transaction.

    Raises ``RuleViolation``, ``NotPermitted``. Source: domain rule 6.2.
    """
    study = unit.lot.study
    with regulated(by=by, act="custody.record_step", study=study, reason=entry.note):
        require_permission(by, permission_for(entry.step), study=study, at=at)
        fresh = unit_for_handling(unit.pk)
        happened_at = entry.happened_at or at
        plan = ProtocolVersion.objects.get(study=study, state="ACTIVE").definition.product
        limit = limit_of(entry.limit_code, plan.temperature_limits)
        require(
            may_be_recorded_by_hand(entry.step)
            + may_follow(chain_of(fresh), entry.step, happened_at=happened_at, at=at)
            + may_measure(entry.step, place=entry.place, temperature_celsius=entry.temperature_celsius, limit=limit)
        )
        event = custody.record(
            unit=fresh,
            step=entry.step,
            by=by,
            at=at,
            happened_at=happened_at,
            place=entry.place,
            temperature_celsius=entry.temperature_celsius,
            note=entry.note,
        )
        celsius = entry.temperature_celsius
        if entry.step in LIMITED_STEPS and celsius is not None and limit is not None and not is_within(celsius, limit):
            read = ExcursionReport(
                place=entry.place,
                limit_code=limit.code,
                began_at=happened_at,
                ended_at=happened_at,
                worst_celsius=celsius,
                note=entry.note,
            )
            temperatures.read_at_step(unit=fresh, report=read, by=by, at=at)
        else:
            _if_it_is_warm_there(fresh, place=entry.place, by=by, at=at)
        return event


def _if_it_is_warm_there(unit: ProductUnit, *, place: str, by: User, at: datetime) -> None:
    """A place whose excursion goes on is no place to store anything."""
    excursion = temperatures.goes_on_at(study=unit.lot.study, place=place) if place else None
    if excursion is not None and may_set_aside(unit_facts(unit)).allowed:
        reason = f"Brought to {place}, where an excursion goes on."
        quarantines.begin(unit=unit, reason=reason, excursion=excursion, by=by, at=at)
