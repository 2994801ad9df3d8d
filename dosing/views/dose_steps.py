"""The dose, worked out in front of the reader: every step with its figures."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dosing.models import Infusion, ProductUnit
from dosing.rules.dose import DoseComputation
from dosing.rules.states import DoseModel
from dosing.services.doses import planned_dose
from dosing.views.lot_rows import plain, viability_percent
from trial.errors import RuleViolation
from trial.rules.decision import Reason
from trial.templatetags.look import quantity


@dataclass(frozen=True, slots=True)
class Step:
    """``is_the_volume``: the one figure that somebody sets a syringe or a pump by."""

    label: str
    how: str
    result: str
    is_the_volume: bool = False


@dataclass(frozen=True, slots=True)
class DoseShown:
    """Without a computation ``reasons`` say what is missing."""

    steps: tuple[Step, ...] = ()
    computation: DoseComputation | None = None
    reasons: tuple[Reason, ...] = ()
    too_little: str = ""


def dose_shown(infusion: Infusion, unit: ProductUnit | None) -> DoseShown:
    try:
        dose = planned_dose(infusion, unit=unit)
    except RuleViolation as missing:
        return DoseShown(reasons=missing.reasons)
    unit = infusion.unit or unit
    if unit is None:
        return DoseShown()
    if infusion.dose_model == DoseModel.BAG:
        return DoseShown(tuple(_bag_steps(dose, unit)), dose)
    return DoseShown(tuple(_steps(dose, unit, infusion)), dose, too_little=_too_little(dose, unit))


def _steps(dose: DoseComputation, unit: ProductUnit, infusion: Infusion) -> list[Step]:
    regimen = infusion.subject.protocol_version.definition.regimen
    target = quantity(plain(dose.target_viable_cells))
    concentration = quantity(plain(dose.viable_cells_per_ml)) if dose.viable_cells_per_ml else ""
    cells, volume = quantity(unit.total_cells), quantity(unit.volume_ml, "mL")
    return [
        *_needed(dose),
        Step(
            _("Viable concentration"),
            f"{cells} / {volume} × {viability_percent(unit)}",
            f"{concentration} {_('viable cells/mL')}",
        ),
        Step(_("Volume, exact"), f"{target} / {concentration}", quantity(dose.volume_ml_exact, "mL")),
        Step(
            _("Volume to draw"),
            _("rounded to %(step)s mL") % {"step": regimen.volume_step_ml},
            quantity(dose.volume_ml_drawn, "mL"),
            is_the_volume=True,
        ),
        _gives(dose),
    ]


def _bag_steps(dose: DoseComputation, unit: ProductUnit) -> list[Step]:
    """All that the bag holds: nothing is drawn, so what it gives has to be within the tolerance."""
    return [
        *_needed(dose),
        Step(
            _("Viable cells in the bag"),
            f"{quantity(unit.total_cells)} × {viability_percent(unit)}",
            f"{quantity(plain(dose.given_viable_cells))} {_('viable cells')}",
        ),
        Step(_("Volume to give"), _("all of it"), quantity(unit.volume_ml, "mL"), is_the_volume=True),
        _gives(dose),
    ]


def _needed(dose: DoseComputation) -> list[Step]:
    return [
        Step(_("Body weight"), _("measured for this infusion"), quantity(dose.weight_kg, "kg")),
        Step(
            _("Target"),
            f"{quantity(dose.weight_kg, 'kg')} × {quantity(dose.target_million_per_kg, '× 10⁶/kg')}",
            f"{quantity(plain(dose.target_viable_cells))} {_('viable cells')}",
        ),
    ]


def _gives(dose: DoseComputation) -> Step:
    return Step(
        _("This gives"),
        _("%(deviation)s %% from the target; up to ± %(tolerance)s %% is within tolerance")
        % {"deviation": quantity(dose.deviation_percent), "tolerance": quantity(dose.tolerance_percent)},
        quantity(dose.given_million_per_kg, "× 10⁶/kg"),
    )


def _too_little(dose: DoseComputation, unit: ProductUnit) -> str:
    """A unit that holds less than the dose cannot give it: better known before the start."""
    if dose.volume_ml_drawn is None or dose.volume_ml_drawn <= unit.volume_ml:
        return ""
    values = {"needed": dose.volume_ml_drawn, "held": unit.volume_ml}
    return _("The dose needs %(needed)s mL; the unit holds %(held)s mL. Ask the pharmacy before you start.") % values
