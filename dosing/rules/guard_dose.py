"""Is the dose, as it would be given from this unit by the weight of the day, the dose of the protocol?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dosing.rules.dose import Bag, DoseComputation, Suspension, compute_dose
from dosing.rules.guard_facts import GuardFacts, Product
from dosing.rules.states import DoseModel
from trial.protocol.schema import Regimen
from trial.rules.decision import Reason

_TOLERANCE = "Protocol, dose: tolerance"


def dose_reasons(facts: GuardFacts, *, regimen: Regimen) -> Iterator[Reason]:
    """Silent while unit, weight or viability are not known: that is a reason of its own already.

    Source: regimen.dose_tolerance_percent, both ends inside; 3.4 item 2.
    """
    product, weight_kg = facts.product, facts.day.weight_kg
    if product is None or weight_kg is None or not product.viability:
        return
    planned = _planned(facts, product, weight_kg, product.viability, regimen=regimen)
    if planned is None or product.volume_ml is None:
        message = "The dose cannot be worked out: it is not known how many cells the unit holds, in which volume."
        yield Reason("DOS-DOSE-TOLERANCE", message, _TOLERANCE)
        return
    yield from _judged(planned, volume_ml=product.volume_ml)


def _planned(
    facts: GuardFacts, product: Product, weight_kg: Decimal, viability: Decimal, *, regimen: Regimen
) -> DoseComputation | None:
    """None for a unit of which nobody knows what it holds, and for quantities that no real unit has."""
    if product.total_cells is None or not product.volume_ml:
        return None
    try:
        return compute_dose(
            weight_kg=weight_kg,
            target_million_per_kg=regimen.dose_million_per_kg,
            product=_held(facts.dose_model, product.total_cells, product.volume_ml, viability),
            regimen=regimen,
        )
    except ValueError:
        return None


def _held(model: DoseModel, total_cells: Decimal, volume_ml: Decimal, viability: Decimal) -> Suspension | Bag:
    if model is DoseModel.BAG:
        return Bag(total_cells=total_cells, viability=viability)
    return Suspension(total_cells_per_ml=total_cells / volume_ml, viability=viability)


def _judged(planned: DoseComputation, *, volume_ml: Decimal) -> Iterator[Reason]:
    if not planned.within_tolerance:
        message = (
            f"The dose as planned is {planned.given_million_per_kg} million cells/kg, "
            f"{planned.deviation_percent:+} % from the target; ±{planned.tolerance_percent} % is within tolerance. "
            "Choose the volume or another unit."
        )
        yield Reason("DOS-DOSE-TOLERANCE", message, _TOLERANCE)
    if planned.volume_ml_drawn is not None and planned.volume_ml_drawn > volume_ml:
        message = f"The dose needs {planned.volume_ml_drawn} mL and the unit holds {volume_ml} mL. Choose another unit."
        yield Reason("DOS-VOLUME", message, "Protocol, dose")
