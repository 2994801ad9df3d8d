"""Units are converted exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.rules.units import (
    CreatinineUnit,
    DlcoUnit,
    creatinine_mg_per_dl,
    creatinine_umol_per_l,
    dlco_ml_min_mmhg,
    dlco_mmol_min_kpa,
)

FACTOR = Decimal("88.4")
values = st.decimals(min_value="0.01", max_value="2000", places=3)


@pytest.mark.parametrize(("umol_per_l", "exceeds"), [("123.76", False), ("123.7600000001", True), ("124", True)])
def test_creatinine_at_the_limit_of_exclusion_4(umol_per_l: str, exceeds: bool) -> None:
    converted = creatinine_mg_per_dl(Decimal(umol_per_l), unit=CreatinineUnit.UMOL_PER_L, umol_per_mg_dl=FACTOR)
    assert (converted > Fraction("1.4")) is exceeds


@given(values)
def test_creatinine_there_and_back_is_the_same(value: Decimal) -> None:
    umol = creatinine_umol_per_l(value, unit=CreatinineUnit.MG_PER_DL, umol_per_mg_dl=FACTOR)
    assert umol / Fraction(FACTOR) == Fraction(value)
    assert creatinine_mg_per_dl(value, unit=CreatinineUnit.MG_PER_DL, umol_per_mg_dl=FACTOR) == Fraction(value)
    assert creatinine_umol_per_l(value, unit=CreatinineUnit.UMOL_PER_L, umol_per_mg_dl=FACTOR) == Fraction(value)


@given(values)
def test_diffusing_capacity_there_and_back_is_the_same(value: Decimal) -> None:
    assert dlco_ml_min_mmhg(value, unit=DlcoUnit.MMOL_MIN_KPA) == Fraction(value) * Fraction("2.987")
    assert dlco_mmol_min_kpa(value, unit=DlcoUnit.ML_MIN_MMHG) * Fraction("2.987") == Fraction(value)
    assert dlco_ml_min_mmhg(value, unit=DlcoUnit.ML_MIN_MMHG) == Fraction(value)
    assert dlco_mmol_min_kpa(value, unit=DlcoUnit.MMOL_MIN_KPA) == Fraction(value)
