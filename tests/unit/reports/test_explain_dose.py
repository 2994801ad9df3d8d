"""The outside format of ``explain dose``."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.explain import What
from reports.explain.answering import answer
from trial.documents.problems import InputProblems

DATA = Path(__file__).parents[2] / "data" / "explain" / "dose"

KNOWN = '"weight_kg": 60, "viability": 0.9'


def explained(text: str, *overrides: str) -> dict[str, Any]:
    return dict(json.loads(answer(What.DOSE, text=text, overrides=overrides)))


def explained_file(name: str, *overrides: str) -> dict[str, Any]:
    return explained((DATA / f"{name}.json").read_text(), *overrides)


def test_a_suspension_as_drawn() -> None:
    assert explained_file("suspension_drawn") == {
        "target_viable_cells": "62400000",
        "volume_ml_exact": "7.2558",
        "volume_ml_drawn": "7.3",
        "given_million_per_kg": "1.00609",
        "deviation_percent": "0.61",
        "within_tolerance": True,
    }


def test_a_volume_infused_exactly_at_the_limit_is_inside() -> None:
    result = explained_file("suspension_infused_at_the_limit")
    assert (result["deviation_percent"], result["within_tolerance"]) == ("10.00", True)
    tighter = explained_file("suspension_infused_at_the_limit", "dose_tolerance_percent=9.99")
    assert tighter["within_tolerance"] is False


def test_a_bag_has_no_volumes() -> None:
    assert explained_file("bag_half_infused") == {
        "target_viable_cells": "62400000",
        "volume_ml_exact": None,
        "volume_ml_drawn": None,
        "given_million_per_kg": "0.57692",
        "deviation_percent": "-42.31",
        "within_tolerance": False,
    }


def test_without_a_target_the_dose_is_the_protocols() -> None:
    text = f'{{{KNOWN}, "concentration_cells_per_ml": 1e7}}'
    assert explained(text)["target_viable_cells"] == "60000000"


def test_without_a_fraction_the_whole_bag_counts_as_given() -> None:
    assert explained(f'{{{KNOWN}, "bag_total_cells": 6e7}}')["given_million_per_kg"] == "0.90000"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{}", "weight_kg: is needed"),
        ("{}", "viability: is needed"),
        (f"{{{KNOWN}}}", "document: either concentration_cells_per_ml or bag_total_cells is needed"),
        (f'{{{KNOWN}, "bag_total_cells": 6e7, "volume_infused_ml": 5}}', "document: volume_infused_ml and bag"),
        (f'{{{KNOWN}, "concentration_cells_per_ml": 1e7, "fraction_infused": 1}}', "document: fraction_infused"),
        ('{"weight_kg": 60, "viability": 86, "concentration_cells_per_ml": 1e7}', "viability: "),
        ('{"weight_kg": -1, "viability": 0.9, "concentration_cells_per_ml": 1e7}', "weight_kg: "),
        ('{"weight_kg": 1e16, "viability": 0.9, "concentration_cells_per_ml": 1e7}', "weight_kg: at most"),
        ('{"weight_kg": true, "viability": 0.9, "concentration_cells_per_ml": 1e7}', "weight_kg: must be a number"),
        (f'{{{KNOWN}, "concentration": 1e7}}', "concentration: unknown key"),
    ],
)
def test_bad_input_names_its_key(text: str, line: str) -> None:
    with pytest.raises(InputProblems) as refused:
        explained(text)
    assert any(each.startswith(line) for each in refused.value.lines()), refused.value.lines()
