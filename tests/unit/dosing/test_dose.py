"""Dose by body weight: the worked values, and both sides of the tolerance."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosing.rules.dose import (
    Bag,
    DoseComputation,
    Suspension,
    compute_dose,
    weight_change_needs_confirmation,
    weight_change_percent,
)
from trial.protocol.loading import shipped_definition
from trial.protocol.schema import Regimen

REGIMEN = shipped_definition().regimen


def dose(
    weight_kg: str, product: Suspension | Bag, *, target: str = "1", regimen: Regimen = REGIMEN
) -> DoseComputation:
    return compute_dose(
        weight_kg=Decimal(weight_kg), target_million_per_kg=Decimal(target), product=product, regimen=regimen
    )


def suspension(cells_per_ml: str, viability: str, infused_ml: str | None = None) -> Suspension:
    return Suspension(Decimal(cells_per_ml), Decimal(viability), None if infused_ml is None else Decimal(infused_ml))


def bag(total_cells: str, viability: str, fraction: str = "1") -> Bag:
    return Bag(Decimal(total_cells), Decimal(viability), Decimal(fraction))


@pytest.mark.parametrize(
    ("weight_kg", "cells_per_ml", "viability", "target", "exact_ml", "drawn_ml", "per_kg", "deviation"),
    [
        ("62.4", "1.0e7", "0.86", "6.24e7", "7.2558", "7.3", "1.00609", "0.61"),
        ("48.0", "5.0e6", "0.80", "4.80e7", "12.0000", "12.0", "1.00000", "0.00"),
        ("80.0", "1.0e7", "0.70", "8.00e7", "11.4286", "11.4", "0.99750", "-0.25"),
        ("55.5", "2.0e7", "0.92", "5.55e7", "3.0163", "3.0", "0.99459", "-0.54"),
        ("39.9", "1.0e7", "0.95", "3.99e7", "4.2000", "4.2", "1.00000", "0.00"),
        ("101.3", "1.0e7", "0.88", "1.013e8", "11.5114", "11.5", "0.99901", "-0.10"),
    ],
)
def test_worked_values_of_a_suspension(
    weight_kg: str,
    cells_per_ml: str,
    viability: str,
    target: str,
    exact_ml: str,
    drawn_ml: str,
    per_kg: str,
    deviation: str,
) -> None:
    result = dose(weight_kg, suspension(cells_per_ml, viability))
    assert result.target_viable_cells == Decimal(target)
    assert str(result.volume_ml_exact) == exact_ml
    assert str(result.volume_ml_drawn) == str(result.volume_ml_given) == drawn_ml
    assert str(result.given_million_per_kg) == per_kg
    assert str(result.deviation_percent) == deviation
    assert result.within_tolerance


@pytest.mark.parametrize(
    ("total_cells", "viability", "fraction", "per_kg", "deviation", "within"),
    [
        ("7.0e7", "0.86", "1", "0.96474", "-3.53", True),
        ("7.6e7", "0.90", "1", "1.09615", "9.62", True),
        ("8.0e7", "0.90", "0.5", "0.57692", "-42.31", False),
    ],
)
def test_worked_values_of_a_bag(
    total_cells: str, viability: str, fraction: str, per_kg: str, deviation: str, within: bool
) -> None:
    result = dose("62.4", bag(total_cells, viability, fraction))
    assert str(result.given_million_per_kg) == per_kg
    assert str(result.deviation_percent) == deviation
    assert result.within_tolerance is within
    assert (result.volume_ml_exact, result.volume_ml_drawn, result.volume_ml_given) == (None, None, None)


def test_half_a_bag_is_less_than_the_evaluable_share() -> None:
    given_fraction = dose("62.4", bag("8.0e7", "0.90", "0.5")).given_fraction
    assert given_fraction < shipped_definition().gate.evaluable_dose_fraction


@pytest.mark.parametrize(
    ("infused_ml", "deviation", "within"),
    [
        ("5.5", "10.00", True),
        ("5.50000000000000000001", "10.00", False),
        ("4.5", "-10.00", True),
        ("4.49999999999999999999", "-10.00", False),
        ("0", "-100.00", False),
    ],
)
def test_the_tolerance_includes_its_bounds_and_ignores_rounding(infused_ml: str, deviation: str, within: bool) -> None:
    result = dose("50", suspension("1e7", "1", infused_ml))
    assert str(result.volume_ml_drawn) == "5.0"
    assert str(result.deviation_percent) == deviation
    assert result.within_tolerance is within


def test_the_volume_rounds_half_up() -> None:
    assert str(dose("50.5", suspension("1e7", "1")).volume_ml_drawn) == "5.1"
    assert str(dose("50.4", suspension("1e7", "1")).volume_ml_drawn) == "5.0"


def test_a_deviation_too_small_to_show_has_no_sign() -> None:
    assert str(dose("50", suspension("1e7", "1", "4.9999999")).deviation_percent) == "0.00"


def test_viability_does_not_enter_when_all_nucleated_cells_are_dosed() -> None:
    nucleated = REGIMEN.model_copy(update={"dose_basis": "total_nucleated_cells"})
    assert str(dose("50", suspension("1e7", "0.5"), regimen=nucleated).volume_ml_drawn) == "5.0"
    assert str(dose("50", suspension("1e7", "0.5")).volume_ml_drawn) == "10.0"


@pytest.mark.parametrize(
    "make",
    [
        lambda: suspension("0", "0.9"),
        lambda: suspension("1e7", "86"),
        lambda: suspension("1e7", "0"),
        lambda: suspension("1e7", "0.9", "-1"),
        lambda: suspension("NaN", "0.9"),
        lambda: suspension("1e99", "0.9"),
        lambda: bag("7e7", "0.9", "1.01"),
        lambda: bag("7e7", "0.9", "-0.1"),
        lambda: dose("0", bag("7e7", "0.9")),
        lambda: dose("-60", bag("7e7", "0.9")),
        lambda: dose("Infinity", bag("7e7", "0.9")),
        lambda: dose("60", bag("7e7", "0.9"), target="0"),
    ],
)
def test_what_is_no_quantity_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r".+: "):
        make()


@pytest.mark.parametrize(
    ("current", "change", "needed"),
    [("66", "10.00", False), ("66.001", "10.00", True), ("54", "-10.00", False), ("53.9", "-10.17", True)],
)
def test_a_weight_change_is_confirmed_strictly_beyond_the_limit(current: str, change: str, needed: bool) -> None:
    weights = {"baseline_kg": Decimal("60"), "current_kg": Decimal(current)}
    assert weight_change_needs_confirmation(**weights, regimen=REGIMEN) is needed
    assert str(weight_change_percent(**weights)) == change


weights = st.decimals(min_value="30", max_value="180", places=1)
concentrations = st.decimals(min_value="1000000", max_value="50000000", places=0)
viabilities = st.decimals(min_value="0.5", max_value="1", places=3)


@given(weights, concentrations, viabilities)
def test_the_drawn_volume_departs_by_at_most_half_a_step(weight: Decimal, cells: Decimal, viability: Decimal) -> None:
    result = dose(str(weight), Suspension(cells, viability))
    assert result.volume_ml_drawn is not None
    assert result.viable_cells_per_ml is not None
    departure = abs(result.given_viable_cells - result.target_viable_cells)
    assert departure * 2 <= REGIMEN.volume_step_ml * result.viable_cells_per_ml
