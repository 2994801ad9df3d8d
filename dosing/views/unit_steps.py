"""What the pharmacy may do with a unit now, and which of it comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dosing.models import ProductUnit
from dosing.rules.custody import MANUAL_STEPS, Link, may_follow
from dosing.rules.states import CustodyStep, InfusionState, UnitState
from dosing.rules.unit_handling import may_assign, may_check_quality, may_thaw
from dosing.selectors.units import UnitAct, decisions, unit_facts
from dosing.services.custody_steps import permission_for
from trial.edge.context import TrialContext
from trial.permissions import Permission
from trial.rules.decision import Reason


@dataclass(frozen=True, slots=True)
class NextStep:
    """The handling that comes next, with everything that stands against it now."""

    label: str
    reasons: tuple[Reason, ...]


def unit_acts(trial: TrialContext, unit: ProductUnit) -> Mapping[str, tuple[Reason, ...]]:
    """For each handling every reason why it is not possible now; the same rules as in the services."""
    handling = trial.check(Permission.PRODUCT_HANDLE)
    judged = decisions(unit, plan=trial.definition.product, issuer=trial.user, at=trial.at)
    return {act.value: (handling + judged[act]).reasons for act in UnitAct}


def manual_steps(trial: TrialContext, chain: Sequence[Link]) -> list[CustodyStep]:
    """What this person may record by hand now."""
    return [
        step
        for step in MANUAL_STEPS
        if trial.may(permission_for(step)) and may_follow(chain, step, happened_at=trial.at, at=trial.at).allowed
    ]


def next_step(trial: TrialContext, unit: ProductUnit) -> NextStep | None:
    """For a list, from the row alone; None for a unit with which the pharmacy is done, or others decide."""
    handling, facts = trial.check(Permission.PRODUCT_HANDLE), unit_facts(unit)
    if unit.state == UnitState.IN_STOCK:
        assigning = may_assign(facts, other_unit=None, infusion_state=InfusionState.PLANNED, at=trial.at)
        return NextStep(_("Assign"), (handling + assigning).reasons)
    if unit.state == UnitState.ASSIGNED and unit.thawed_at is None:
        return NextStep(_("Thaw"), (handling + may_thaw(facts, at=trial.at)).reasons)
    if unit.state == UnitState.ASSIGNED:
        passing = may_check_quality(facts, plan=trial.definition.product, at=trial.at)
        return NextStep(_("Check, label, issue"), (handling + passing).reasons)
    if unit.state == UnitState.RETURNED:
        return NextStep(_("Destroy"), handling.reasons)
    return None
