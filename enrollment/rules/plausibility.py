"""Values that can be a slip of the pen: asked about, and judged only once somebody confirms them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from enrollment.rules.finding import shown
from trial.protocol.schema import EligibilityParameters
from trial.rules.units import CreatinineUnit, DlcoUnit, creatinine_mg_per_dl, dlco_ml_min_mmhg

KIND_OF: Mapping[str, str] = {
    "fvc_reference_l": "fvc_l",
    "fvc_current_l": "fvc_l",
    "fvc_reference_pct_pred": "percent_predicted",
    "fvc_current_pct_pred": "percent_predicted",
    "dlco_reference": "dlco_ml_min_mmhg",
    "dlco_current": "dlco_ml_min_mmhg",
    "dlco_reference_pct_pred": "percent_predicted",
    "dlco_current_pct_pred": "percent_predicted",
    "weight_kg": "weight_kg",
    "steroid_mg_per_day": "steroid_mg_per_day",
    "got_u_l": "liver_u_l",
    "gpt_u_l": "liver_u_l",
    "creatinine.value": "creatinine_mg_dl",
    "oxygen.spo2_percent": "spo2_percent",
    "oxygen.spo2_before_percent": "spo2_percent",
    "oxygen.pao2_mmhg": "pao2_mmhg",
}
"""Facts that are asked about, each with the kind of measurement whose range it is held against."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value as it was written; ``unit`` where the fact has more than one."""

    value: Decimal
    unit: CreatinineUnit | DlcoUnit | None = None


def outside_of(key: str, measured: Measured, *, parameters: EligibilityParameters) -> str | None:
    """The range that the value lies outside of, in words; None where it lies within, or nothing is prescribed."""
    kind = KIND_OF[key]
    low, high = parameters.plausible_minimum.get(kind), parameters.plausible_maximum.get(kind)
    value = _in_unit_of_range(kind, measured, parameters)
    if value is None or ((low is None or value >= Fraction(low)) and (high is None or value <= Fraction(high))):
        return None
    if low is None or high is None:
        return f"up to {shown(high)}" if high is not None else f"from {shown(low or Decimal())}"
    return f"{shown(low)} to {shown(high)}"


def _in_unit_of_range(kind: str, measured: Measured, parameters: EligibilityParameters) -> Fraction | None:
    """None: the unit is not known, and the value is not judged on a guess."""
    if kind == "dlco_ml_min_mmhg":
        return dlco_ml_min_mmhg(measured.value, unit=measured.unit) if isinstance(measured.unit, DlcoUnit) else None
    if kind == "creatinine_mg_dl":
        if not isinstance(measured.unit, CreatinineUnit):
            return None
        per_dl = parameters.creatinine_umol_per_mg_dl
        return creatinine_mg_per_dl(measured.value, unit=measured.unit, umol_per_mg_dl=per_dl)
    return Fraction(measured.value)
