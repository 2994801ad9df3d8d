"""What a dose means: whether it may be given as planned, and what follows when it was given otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from dosing.rules.dose import DoseComputation
from trial.rules.decision import Decision, Reason


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


def may_give(planned: DoseComputation | None) -> Decision:
    """Nobody begins an infusion whose dose, as planned, is outside its tolerance. ``None``: it is not known yet.

    Source: regimen.dose_tolerance_percent.
    """
    if planned is None or planned.within_tolerance:
        return Decision()
    message = (
        f"The dose as planned is {planned.given_million_per_kg} million cells/kg, {planned.deviation_percent:+} % from "
        f"the target; ±{planned.tolerance_percent} % is within tolerance. Choose the volume or another unit."
    )
    return Decision((Reason("DOS-DOSE-TOLERANCE", message, "Protocol, dose: tolerance"),))
