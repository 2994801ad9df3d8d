"""Exposure of one participant: what was given and what was planned, infusion by infusion and in sum."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from dosing.models import Infusion
from dosing.rules.exposure import Exposure, PlannedDose, exposure
from dosing.rules.states import InfusionState
from enrollment.models import Subject

_OVER = (InfusionState.COMPLETED, InfusionState.STOPPED_EARLY)


def exposure_of(subject: Subject) -> Exposure:
    """One query. ``subject`` comes with its protocol version."""
    return exposure_in(subject.infusions.order_by("number"), planned=planned_per_kg(subject))


def exposure_in(infusions: Iterable[Infusion], *, planned: Decimal) -> Exposure:
    """From rows that are read already. An infusion that was not given counts as planned and nothing given."""
    return exposure([_dose(infusion, planned) for infusion in infusions])


def planned_per_kg(subject: Subject) -> Decimal:
    return Decimal(subject.protocol_version.definition.regimen.dose_million_per_kg)


def _dose(infusion: Infusion, planned: Decimal) -> PlannedDose:
    given = infusion.given_million_per_kg if infusion.state in _OVER else None
    if infusion.state == InfusionState.NOT_GIVEN:
        given = Decimal(0)
    return PlannedDose(infusion.number, planned, given)
