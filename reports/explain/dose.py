"""Explain a dose by body weight."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from dosing.rules.dose import Bag, DoseComputation, Suspension, compute_dose
from trial.documents.parsing import InputModel, Number, parse
from trial.documents.problems import InputProblems
from trial.protocol.schema import ProtocolDefinition

KEYS_HELP = """\
explain dose: cells and volume for a body weight, and how far what is given departs from the target

in:
  weight_kg                 body weight measured for this infusion
  target_million_per_kg     million cells per kg; without it the dose of the protocol
  viability                 fraction of living cells after thaw, above 0 to 1
  concentration_cells_per_ml  all cells per mL after thaw
  volume_infused_ml         mL infused; without it the drawn volume counts as given
or, instead of a volume:
  bag_total_cells           all cells in the bag; volumes are then null
  fraction_infused          fraction of the bag that was infused, 0 to 1; without it the whole bag counts as given

out:
  target_viable_cells, volume_ml_exact (4 decimals), volume_ml_drawn (syringe step, half up),
  given_million_per_kg (5 decimals), deviation_percent (2 decimals): numbers as strings
  within_tolerance          judged on exact values, both bounds inside
"""

Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Viability = Annotated[Number, Field(gt=0, le=1)]
InfusedFraction = Annotated[Number, Field(ge=0, le=1)]


class DoseInput(InputModel):
    weight_kg: Positive
    target_million_per_kg: Positive | None = None
    concentration_cells_per_ml: Positive | None = None
    viability: Viability
    volume_infused_ml: NotNegative | None = None
    bag_total_cells: Positive | None = None
    fraction_infused: InfusedFraction | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two_models(self) -> Self:
        if self.bag_total_cells is None:
            if self.concentration_cells_per_ml is None:
                raise ValueError("either concentration_cells_per_ml or bag_total_cells is needed")
            if self.fraction_infused is not None:
                raise ValueError("fraction_infused is of a bag: bag_total_cells is needed")
        elif self.volume_infused_ml is not None:
            raise ValueError("volume_infused_ml and bag_total_cells exclude each other")
        return self

    def product(self) -> Suspension | Bag:
        """The bag where there is one; a concentration given beside it does not enter."""
        if self.bag_total_cells is not None:
            whole = Decimal(1) if self.fraction_infused is None else self.fraction_infused
            return Bag(self.bag_total_cells, self.viability, whole)
        if self.concentration_cells_per_ml is None:
            raise ValueError("concentration_cells_per_ml: is needed")
        return Suspension(self.concentration_cells_per_ml, self.viability, self.volume_infused_ml)


def explain(document: object, definition: ProtocolDefinition) -> dict[str, object]:
    """The dose of the document under ``definition``. Raises InputProblems."""
    given = parse(DoseInput, document, definition=definition)
    target = given.target_million_per_kg
    try:
        computed = compute_dose(
            weight_kg=given.weight_kg,
            target_million_per_kg=definition.regimen.dose_million_per_kg if target is None else target,
            product=given.product(),
            regimen=definition.regimen,
        )
    except ValueError as error:
        key, _, text = str(error).partition(": ")
        raise InputProblems.single(key, text) from error
    return _rows(computed)


def _rows(computed: DoseComputation) -> dict[str, object]:
    return {
        "target_viable_cells": _without_empty_decimals(computed.target_viable_cells),
        "volume_ml_exact": computed.volume_ml_exact,
        "volume_ml_drawn": computed.volume_ml_drawn,
        "given_million_per_kg": computed.given_million_per_kg,
        "deviation_percent": computed.deviation_percent,
        "within_tolerance": computed.within_tolerance,
    }


def _without_empty_decimals(cells: Decimal) -> Decimal:
    whole = cells.to_integral_value()
    return whole if whole == cells else cells
