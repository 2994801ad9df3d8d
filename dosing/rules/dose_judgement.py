"""What a given dose means, and what follows when it was given otherwise than planned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from dosing.rules.dose import DoseComputation


@dataclass(frozen=True, slots=True)
class DoseFinding:
    """``is_low``: below the fraction of the plan at which a participant is evaluable. ``is_high``: an overdose."""

    deviates: bool
    is_low: bool
    is_high: bool


def judge_given(dose: DoseComputation, *, evaluable_fraction: Decimal) -> DoseFinding:
    """All on exact values: outside the tolerance, both ends of which are inside; strictly below the evaluable fraction.

    Source: regimen.dose_tolerance_percent; gate.evaluable_dose_fraction; G35, G37.
    """
    share = Fraction(dose.given_viable_cells) / Fraction(dose.target_viable_cells)
    return DoseFinding(
        deviates=not dose.within_tolerance,
        is_low=share < Fraction(evaluable_fraction),
        is_high=not dose.within_tolerance and share > 1,
    )
