"""Units of measurement, and the only place where one is turned into another.

Results are exact fractions, because a threshold must not be decided by the last digit of a rounded quotient. A value
without its unit is not converted: the caller has to say that it is not known.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

DLCO_ML_MIN_MMHG_PER_MMOL_MIN_KPA = Decimal("2.987")
"""Source: GLI-2017 TLCO tables (Stanojevic 2017), which give both units with this factor."""


class CreatinineUnit(StrEnum):
    MG_PER_DL = "mg/dL"
    UMOL_PER_L = "umol/L"


class DlcoUnit(StrEnum):
    ML_MIN_MMHG = "mL/min/mmHg"
    MMOL_MIN_KPA = "mmol/min/kPa"


def creatinine_mg_per_dl(value: Decimal, *, unit: CreatinineUnit, umol_per_mg_dl: Decimal) -> Fraction:
    """Serum creatinine in mg/dL. ``umol_per_mg_dl``: umol/L in one mg/dL, from the protocol definition."""
    if unit is CreatinineUnit.MG_PER_DL:
        return Fraction(value)
    return Fraction(value) / Fraction(umol_per_mg_dl)


def creatinine_umol_per_l(value: Decimal, *, unit: CreatinineUnit, umol_per_mg_dl: Decimal) -> Fraction:
    """Serum creatinine in umol/L. ``umol_per_mg_dl``: umol/L in one mg/dL, from the protocol definition."""
    if unit is CreatinineUnit.UMOL_PER_L:
        return Fraction(value)
    return Fraction(value) * Fraction(umol_per_mg_dl)


def dlco_ml_min_mmhg(value: Decimal, *, unit: DlcoUnit) -> Fraction:
    """Diffusing capacity in traditional units, mL/min/mmHg."""
    if unit is DlcoUnit.ML_MIN_MMHG:
        return Fraction(value)
    return Fraction(value) * Fraction(DLCO_ML_MIN_MMHG_PER_MMOL_MIN_KPA)


def dlco_mmol_min_kpa(value: Decimal, *, unit: DlcoUnit) -> Fraction:
    """Diffusing capacity in SI units, mmol/min/kPa."""
    if unit is DlcoUnit.MMOL_MIN_KPA:
        return Fraction(value)
    return Fraction(value) / Fraction(DLCO_ML_MIN_MMHG_PER_MMOL_MIN_KPA)
