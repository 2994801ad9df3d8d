"""The dose of an infusion, from the weight of the day and the unit: as planned, and as given."""

from __future__ import annotations

from decimal import Decimal

from dosing.models import Infusion, PreDoseCheck, ProductUnit
from dosing.rules.dose import Bag, DoseComputation, Suspension, compute_dose
from dosing.rules.states import DoseModel
from trial.errors import RuleViolation
from trial.rules.decision import Decision, Reason


def planned_dose(infusion: Infusion, *, unit: ProductUnit | None = None) -> DoseComputation:
    """The dose worked out from the weight of the day and the unit: step by step, exact. Source: Protocol, dose.

    ``unit``: the one issued for the infusion, as long as nobody has yet tied it to it by a signature.
    Raises ``RuleViolation`` while the weight or the count after thawing is not known.
    """
    return _dose(infusion, unit=infusion.unit or unit, infused_ml=None)


def given_dose(infusion: Infusion) -> DoseComputation:
    """What was given by an infusion that has ended, against what was planned. Raises ``RuleViolation``."""
    return dose_of_volume(infusion, infused_ml=infusion.infused_volume_ml)


def dose_of_volume(infusion: Infusion, *, infused_ml: Decimal | None) -> DoseComputation:
    """The dose that so many millilitres of the unit are. Raises ``RuleViolation``."""
    return _dose(infusion, unit=infusion.unit, infused_ml=infused_ml)


def planned_volume_ml(infusion: Infusion) -> Decimal | None:
    """The volume that is to run in: what is drawn, or all that the bag holds. Raises ``RuleViolation``."""
    dose = planned_dose(infusion)
    if infusion.dose_model == DoseModel.BAG and infusion.unit is not None:
        return infusion.unit.volume_ml
    return dose.volume_ml_drawn


def _dose(infusion: Infusion, *, unit: ProductUnit | None, infused_ml: Decimal | None) -> DoseComputation:
    check: PreDoseCheck | None = getattr(infusion, "pre_dose_check", None)
    if unit is None or unit.viability is None or check is None or check.weight_kg is None:
        message = "The dose needs the weight of the day and a thawed unit with its viability."
        raise RuleViolation(Decision((Reason("DOS-DOSE", message, "Protocol, dose"),)))
    regimen = infusion.subject.protocol_version.definition.regimen
    return compute_dose(
        weight_kg=check.weight_kg,
        target_million_per_kg=regimen.dose_million_per_kg,
        product=_product(DoseModel(infusion.dose_model), unit, unit.viability, infused_ml),
        regimen=regimen,
    )


def _product(model: DoseModel, unit: ProductUnit, viability: Decimal, infused_ml: Decimal | None) -> Suspension | Bag:
    if model is DoseModel.BAG:
        fraction = Decimal(1) if infused_ml is None else infused_ml / unit.volume_ml
        return Bag(total_cells=unit.total_cells, viability=viability, fraction_infused=min(fraction, Decimal(1)))
    return Suspension(
        total_cells_per_ml=unit.total_cells / unit.volume_ml, viability=viability, volume_infused_ml=infused_ml
    )
