"""What the pharmacy may do with a unit now, and which of it comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dosing.models import ProductUnit
from dosing.rules.states import InfusionState, UnitState
from dosing.rules.unit_handling import may_assign, may_discard, may_issue, may_thaw
from dosing.selectors.units import unit_facts
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
    facts = unit_facts(unit)
    assigning = may_assign(facts, other_unit=None, infusion_state=InfusionState.PLANNED, at=trial.at)
    return {
        "assign": (handling + assigning).reasons,
        "thaw": (handling + may_thaw(facts, at=trial.at)).reasons,
        "issue": (handling + may_issue(facts, plan=trial.definition.product, at=trial.at)).reasons,
        "discard": (handling + may_discard(facts)).reasons,
    }


def next_step(trial: TrialContext, unit: ProductUnit) -> NextStep | None:
    """None for a unit with which the pharmacy is done."""
    if unit.state == UnitState.IN_STOCK:
        return NextStep(_("Assign"), unit_acts(trial, unit)["assign"])
    if unit.state == UnitState.ASSIGNED and unit.thawed_at is None:
        return NextStep(_("Thaw"), unit_acts(trial, unit)["thaw"])
    if unit.state == UnitState.ASSIGNED:
        return NextStep(_("Issue"), unit_acts(trial, unit)["issue"])
    return None
