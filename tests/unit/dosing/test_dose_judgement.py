"""What a dose means, and the exposure in sum, with the worked values of domain 6.1."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dosing.rules.dose import Bag, Suspension, compute_dose
from dosing.rules.dose_judgement import judge_given
from dosing.rules.exposure import PlannedDose, exposure
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()
EVALUABLE = DEFINITION.gate.evaluable_dose_fraction


def dose(product: Bag | Suspension, *, weight: str = "62.4"):
    return compute_dose(
        weight_kg=Decimal(weight), target_million_per_kg=Decimal(1), product=product, regimen=DEFINITION.regimen
    )


def bag(total: str, viability: str, fraction: str = "1") -> Bag:
    return Bag(total_cells=Decimal(total), viability=Decimal(viability), fraction_infused=Decimal(fraction))


def judged(product: Bag | Suspension, *, weight: str = "62.4") -> tuple[bool, bool, bool]:
    found = judge_given(dose(product, weight=weight), evaluable_fraction=EVALUABLE)
    return found.deviates, found.is_low, found.is_high


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(bag("7.0E7", "0.86"), (False, False, False), id="6.1-bag-minus-3.53"),
        pytest.param(bag("7.6E7", "0.90"), (False, False, False), id="6.1-bag-plus-9.62"),
        pytest.param(bag("8.0E7", "0.90", "0.5"), (True, True, False), id="6.1-bag-half-G35"),
        # 62.4 kg: the target is 6.24E7 viable cells; on the bounds and just past them.
        pytest.param(bag("6.864E7", "1"), (False, False, False), id="plus-10-inside"),
        pytest.param(bag("68640001", "1"), (True, False, True), id="above-plus-10"),
        pytest.param(bag("5.616E7", "1"), (False, False, False), id="minus-10-inside"),
        pytest.param(bag("56159999", "1"), (True, False, False), id="below-minus-10"),
        pytest.param(bag("4.992E7", "1"), (True, False, False), id="80-percent-is-evaluable"),
        pytest.param(bag("49919999", "1"), (True, True, False), id="G35-below-80-percent"),
        pytest.param(bag("7.176E7", "1"), (True, False, True), id="G37-overdose-1.15"),
    ],
)
def test_what_was_given(given, expected):
    assert judged(given) == expected


@pytest.mark.parametrize(
    ("weight", "cells", "viability"),
    [
        ("62.4", "1.0E7", "0.86"),
        ("48.0", "5.0E6", "0.80"),
        ("80.0", "1.0E7", "0.70"),
        ("55.5", "2.0E7", "0.92"),
        ("39.9", "1.0E7", "0.95"),
        ("101.3", "1.0E7", "0.88"),
    ],
)
def test_every_worked_volume_of_6_1_is_within_tolerance(weight, cells, viability):
    product = Suspension(total_cells_per_ml=Decimal(cells), viability=Decimal(viability))
    assert judged(product, weight=weight) == (False, False, False)


@pytest.mark.parametrize(
    ("given", "infusions", "total", "planned", "intensity"),
    [
        ([], 0, "0", "0", None),
        (["1.00609"], 1, "1.00609", "1", "1.00609"),
        (["1.00609", "1.00000"], 2, "2.00609", "2", "1.00305"),
        # One is running: it does not count yet.
        (["0.99750", None], 1, "0.99750", "1", "0.99750"),
        # One was not given: planned, nothing received.
        (["0.99541", "0"], 1, "0.99541", "2", "0.49771"),
        (["0.57692", "0.99901", "0.99459"], 3, "2.57052", "3", "0.85684"),
    ],
)
def test_exposure(given, infusions, total, planned, intensity):
    doses = [
        PlannedDose(number, Decimal(1), Decimal(value) if value is not None else None)
        for number, value in enumerate(given, start=1)
    ]
    found = exposure(doses)
    assert (found.infusions, found.given_million_per_kg, found.planned_million_per_kg) == (
        infusions,
        Decimal(total),
        Decimal(planned),
    )
    assert found.relative_dose_intensity == (Decimal(intensity) if intensity else None)
