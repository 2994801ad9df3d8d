"""What follows from a start, however it came on record: the unit is used, treatment and observation begin."""

from __future__ import annotations

from datetime import datetime

from dosing.events import InfusionStarted
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import CustodyStep, UnitState
from dosing.services import custody
from dosing.services.missed import plan_missed
from dosing.services.vital_signs import pre_dose_points_late
from enrollment.rules.states import SubjectState
from enrollment.services import states as subject_states
from trial.events import publish
from trial.models import User


def begin(infusion: Infusion, *, by: User, at: datetime) -> None:
    """Inside the caller's regulated transaction, after the start was written."""
    _use_unit(infusion, by=by, at=at)
    if infusion.subject.state == SubjectState.ALLOCATED:
        subject_states.advance(infusion.subject, SubjectState.ON_TREATMENT)
    pre_dose_points_late(infusion, by=by, at=at)
    plan_missed(infusion)
    publish(InfusionStarted(infusion=infusion, by=by, at=at))


def _use_unit(infusion: Infusion, *, by: User, at: datetime) -> None:
    unit = ProductUnit.objects.select_related("lot").get(infusions=infusion)
    unit.state = UnitState.INFUSED
    unit.save(update_fields=["state"])
    custody.record(unit=unit, step=CustodyStep.STARTED, by=by, at=at, happened_at=infusion.started_at)
