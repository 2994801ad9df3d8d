"""The outside format of ``explain eligibility``."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.facts_document import EligibilityInput
from reports.explain import What
from reports.explain.answering import answer
from reports.explain.eligibility import KEYS_HELP
from trial.documents.problems import InputProblems

DATA = Path(__file__).parents[2] / "data" / "explain" / "eligibility"
CODES = ["I1a", "I1b", "I2", "I3", "I4", "I5", "X1", "X2a", "X2b", "X2", "X3", "X4", "X5"]


def explained(document: dict[str, Any], *overrides: str) -> dict[str, Any]:
    return dict(json.loads(answer(What.ELIGIBILITY, text=json.dumps(document), overrides=overrides)))


def document(name: str) -> dict[str, Any]:
    return dict(json.loads((DATA / f"{name}.json").read_text()))


def explained_file(name: str, *overrides: str) -> dict[str, Any]:
    return dict(json.loads(answer(What.ELIGIBILITY, text=(DATA / f"{name}.json").read_text(), overrides=overrides)))


def results(explanation: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["result"] for each in explanation["criteria"]}


def test_an_eligible_participant() -> None:
    explanation = explained_file("eligible_pathway_a")
    assert list(explanation) == ["overall", "criteria", "pathways"]
    assert explanation["overall"] == "eligible"
    assert explanation["pathways"] == {"A": "met", "B": "not_met", "C": "not_met"}
    assert [each["code"] for each in explanation["criteria"]] == CODES
    for each in explanation["criteria"]:
        assert list(each) == ["code", "result", "used", "reasons", "needs"]
        assert all(list(reason) == ["code", "message", "source"] for reason in each["reasons"])
    lung = explanation["criteria"][2]
    assert lung["used"]["fvc_decline"] == "12.0"
    assert lung["used"]["fvc_reference_l"] == "2.50"


def test_floats_are_not_used_on_the_way() -> None:
    explanation = explained_file("ineligible_exactly_ten_percent")
    assert explanation["overall"] == "ineligible"
    assert explanation["pathways"] == {"A": "not_met", "B": "not_met", "C": "not_met"}


def test_nothing_known_is_pending() -> None:
    explanation = explained_file("pending_nothing_known")
    assert explanation["overall"] == "pending"
    assert set(results(explanation).values()) == {"unknown"}
    for each in explanation["criteria"]:
        assert set(each["needs"]) <= set(EligibilityInput.model_fields)


def test_null_is_the_same_as_a_missing_key() -> None:
    nulls = dict.fromkeys(EligibilityInput.model_fields)
    assert explained(nulls) == explained({})


@pytest.mark.parametrize(
    ("override", "changes", "code", "default", "overridden"),
    [
        ("liver_mode=both", {"got_u_l": 95, "gpt_u_l": 30}, "X4", "met", "not_met"),
        ("x2_mode=literal", {"improvement_after_treatment": True}, "X2", "met", "not_met"),
        (
            "decline_mode=absolute",
            {"fvc_reference_pct_pred": 50, "fvc_current_pct_pred": "45.0", "dlco_reference_pct_pred": 50,
             "dlco_current_pct_pred": 50},
            "I2",
            "met",
            "not_met",
        ),
    ],
)  # fmt: skip
def test_a_parameter_changes_the_answer(
    override: str, changes: dict[str, Any], code: str, default: str, overridden: str
) -> None:
    given = document("eligible_pathway_a") | changes
    assert results(explained(given))[code] == default
    assert results(explained(given, override))[code] == overridden


@pytest.mark.parametrize("unit", ["umol/L", "µmol/L", "UMOL/L"])
def test_units_as_people_write_them(unit: str) -> None:
    given = document("eligible_pathway_a") | {"creatinine": {"value": "124", "unit": unit}}
    assert results(explained(given))["X4"] == "met"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"age": 34}, "age: unknown key"),
        ({"sex": "female"}, "sex: "),
        ({"fvc_reference_l": 0}, "fvc_reference_l: "),
        ({"fvc_current_l": "two"}, "fvc_current_l: must be a number"),
        ({"birth_date": "14.3.1990"}, "birth_date: "),
        ({"evaluated_on": "2024-08"}, "evaluated_on: "),
        ({"ctd": [{"diagnosis": "lupus"}]}, "ctd[0].diagnosis: "),
        ({"ctd": [{"criteria_met": True}]}, "ctd[0].diagnosis: is needed"),
        ({"creatinine": {"value": 1, "unit": "g"}}, "creatinine.unit: "),
        ({"consent": {"status": "yes"}}, "consent.status: "),
        ({"breastfeeding": "no"}, "breastfeeding: "),
    ],
)
def test_bad_input_names_its_key(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputProblems) as refused:
        explained(document("eligible_pathway_a") | changes)
    assert any(each.startswith(line) for each in refused.value.lines()), refused.value.lines()


def test_the_contract_and_the_facts_have_the_same_keys() -> None:
    names = {field.name for field in fields(ScreeningFacts)}
    assert set(EligibilityInput.model_fields) == names
    assert all(name in KEYS_HELP for name in names)


TREATED = {
    "treatments": [
        {"drug": "dexamethasone", "daily_dose_mg": "6", "started_on": "2022-01", "ongoing": True},
        {"drug": "leflunomide", "started_on": "2022-01-10", "ended_on": "2024-06-30", "attested": True},
    ],
    "treatments_complete": True,
}


def treated(**changes: Any) -> dict[str, Any]:
    summary = ("overlap_started_on", "overlap_ended_on", "steroid_drug", "steroid_mg_per_day")
    return (
        {key: value for key, value in document("eligible_pathway_a").items() if key not in summary} | TREATED | changes
    )


def test_treatment_records_may_stand_for_the_facts_that_follow_from_them() -> None:
    lung = explained(treated())["criteria"][2]
    assert lung["used"]["overlap_started_on"] == "2022-01-31"
    assert lung["used"]["overlap_ended_on"] == "2024-06-30"
    assert lung["used"]["steroid_mg_per_day"] == "40"
    typed = {"overlap_started_on": "2022-01-31", "overlap_ended_on": "2024-06-30"}
    dose = {"steroid_drug": "prednisolone", "steroid_mg_per_day": "40"}
    without = {key: value for key, value in treated().items() if key not in TREATED}
    assert explained(without | typed | dose) == explained(treated())
    assert explained(treated(**typed, **dose)) == explained(treated())


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"overlap_started_on": "2022-01-01"}, "overlap_started_on: the treatment records give 2022-01-31"),
        ({"treatments": [{"drug": "aspirin"}]}, "treatments[0].drug_class: aspirin stands in no list"),
        ({"treatments": [{"name": "aspirin"}]}, "treatments[0].drug: is needed"),
        ({"treatments_complete": "yes"}, "treatments_complete: "),
        ({"confirmed": {"fvc_current_l": "2"}}, "confirmed: unknown key"),
        ({"ct_reading": {}}, "ct_reading: unknown key"),
    ],
)
def test_bad_records_name_their_keys(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputProblems) as refused:
        explained(treated(**changes))
    assert any(each.startswith(line) for each in refused.value.lines()), refused.value.lines()


def test_the_contract_takes_every_value_as_it_stands() -> None:
    """Whoever asks from outside has confirmed what they ask: only what is entered at a site is asked about."""
    unlikely = document("eligible_pathway_a") | {"fvc_reference_l": "100", "fvc_current_l": "89.9"}
    assert explained(unlikely)["pathways"]["A"] == "met"
