"""Moves a waiting infusion to the state in which its acts have left it: planned, cleared, product issued."""

from __future__ import annotations

from datetime import datetime

from dosing.models import Infusion
from dosing.rules.clearing import waiting_state
from dosing.rules.states import NOT_STARTED, InfusionState, UnitState
from dosing.selectors.bedside import unit_meant
from dosing.selectors.guard import decision, infusion_for_guard
from dosing.services.states import advance
from enrollment.models import Subject


def settle(infusion: Infusion, *, at: datetime) -> None:
    """Inside the caller's regulated transaction, after the act. What has started stays as it is. Source: domain 6.4."""
    infusion = infusion_for_guard(infusion.pk)
    present = InfusionState(infusion.state)
    if present not in NOT_STARTED:
        return
    unit = unit_meant(infusion)
    issued = unit is not None and unit.state == UnitState.ISSUED
    reasons = () if issued else decision(infusion, performer=None, at=at).codes
    wanted = waiting_state(issued=issued, reasons=reasons)
    if wanted is not present:
        advance(infusion, wanted)
        infusion.save(update_fields=["state"])


def settle_planned(*, subject: Subject, number: int, at: datetime) -> None:
    """As ``settle``, from the side of the product, which knows subject and number."""
    infusion = subject.infusions.filter(number=number).first()
    if infusion is not None:
        settle(infusion, at=at)
