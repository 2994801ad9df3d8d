"""The outside format of ``explain windows``."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.explain import What
from reports.explain.answering import answer
from trial.documents.problems import InputProblems

DATA = Path(__file__).parents[2] / "data" / "explain" / "windows"


def explained(text: str, *overrides: str) -> list[dict[str, Any]]:
    document = json.loads(answer(What.WINDOWS, text=text, overrides=overrides))
    assert list(document) == ["visits"]
    return list(document["visits"])


def explained_file(name: str, *overrides: str) -> list[dict[str, Any]]:
    return explained((DATA / f"{name}.json").read_text(), *overrides)


def test_a_row_has_the_keys_that_outsiders_rely_on() -> None:
    visits = explained_file("cohort_2_merged")
    assert len(visits) == 14
    assert visits[0] == {
        "code": "SCR",
        "nominal_on": "2024-08-01",
        "opens_on": "2024-08-01",
        "closes_on": "2024-08-19",
        "merged_with": None,
    }
    assert visits[3] == {
        "code": "I1D1",
        "nominal_on": "2024-08-21",
        "opens_on": "2024-08-21",
        "closes_on": "2024-08-22",
        "merged_with": None,
    }
    assert visits[6] == {
        "code": "I2D0",
        "nominal_on": "2024-09-17",
        "opens_on": "2024-09-17",
        "closes_on": "2024-09-24",
        "merged_with": "I1D28",
    }


def test_two_visits_when_the_second_infusion_is_outside_day_28() -> None:
    codes = [visit["code"] for visit in explained_file("cohort_2_second_infusion_late")]
    assert len(codes) == 15
    assert codes[6:8] == ["I1D28", "I2D0"]


def test_nothing_known_still_lists_the_visits() -> None:
    visits = explained_file("cohort_3_nothing_known")
    assert len(visits) == 18
    assert {visit[key] for visit in visits for key in ("nominal_on", "opens_on", "closes_on")} == {None}


def test_the_interval_is_a_parameter() -> None:
    visits = explained_file("cohort_2_merged", "interval_days=7")
    assert next(visit for visit in visits if visit["code"] == "I2D0")["nominal_on"] == "2024-08-27"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"cohort": 4}', "cohort: must be one of 1, 2, 3"),
        ('{"cohort": "1"}', "cohort: "),
        ("{}", "cohort: is needed"),
        ('{"cohort": 1, "consented_on": "2024-08-01"}', "consented_on: unknown key"),
        ('{"cohort": 1, "consent_on": "2024-08"}', "consent_on: "),
        ('{"cohort": 1, "infusions": ["2024-08-20", "2024-09-17"]}', "infusions: cohort 1 receives 1 infusion(s)"),
        ('{"cohort": 2, "infusions": [null, "2024-09-17"]}', "infusions: infusion 2 is given and infusion 1 is not"),
        ('{"cohort": 2, "infusions": ["20 August"]}', "infusions[0]"),
    ],
)
def test_bad_input_names_its_key(text: str, line: str) -> None:
    with pytest.raises(InputProblems) as refused:
        explained(text)
    assert any(each.startswith(line) for each in refused.value.lines()), refused.value.lines()
