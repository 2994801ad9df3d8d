"""From what is kept to what is judged: records stripped, slips of the pen left out, contradictions refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enrollment.rules.contract_facts import ContractFacts, contract_facts
from enrollment.rules.facts_document import EligibilityInput
from enrollment.rules.plausibility import KIND_OF
from enrollment.rules.stored_facts import read_entry, stored_facts
from trial.documents.problems import InputProblems
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()
ON = date(2024, 8, 20)
TREATMENTS = [
    {"drug": "prednisolone", "daily_dose_mg": "20", "started_on": "2020-01", "ongoing": True},
    {"drug": "tacrolimus", "started_on": "2021-03-01", "ongoing": True},
]


def contract(**entered: Any) -> ContractFacts:
    given = read_entry(entered, definition=DEFINITION)
    return contract_facts(given, on=ON, parameters=DEFINITION.eligibility)


def stored(**entered: Any) -> dict[str, Any]:
    return stored_facts(entered, definition=DEFINITION, on=ON)


def problem_keys(**entered: Any) -> list[str]:
    with pytest.raises(InputProblems) as refused:
        stored(**entered)
    return [problem.key for problem in refused.value.problems]


def test_only_keys_of_the_contract_are_judged() -> None:
    found = contract(
        ctd=[{"diagnosis": "SSc", "criteria_met": True, "attested": True, "criteria_set": "acr_eular_2013_ssc"}],
        pregnancy_test={"result": "negative", "kind": "urine", "sensitivity_miu_ml": "25"},
        ct_reading={"read_by": "radiologist", "improved": False},
        oxygen={"spo2_percent": "97"},
        latent_tuberculosis=True,
        chronic_hepatitis_b=False,
        infection_screen_on="2024-08-01",
        treatments=TREATMENTS,
        treatments_complete=True,
        confirmed={"fvc_current_l": "9"},
        fvc_current_l="9",
    )
    assert set(found.document) <= set(EligibilityInput.model_fields)
    assert found.document["ctd"] == [{"diagnosis": "SSc", "criteria_met": True, "attested": True}]
    assert found.document["pregnancy_test"] == {"result": "negative"}
    assert found.document["fvc_current_l"] == "9"
    assert "oxygen_decreased" not in found.document


def test_facts_without_records_pass_as_they_were_typed() -> None:
    typed = {"overlap_started_on": "2021-01-01", "steroid_drug": "dexamethasone", "steroid_mg_per_day": "6.0"}
    assert contract(**typed).document == typed
    assert contract(**typed).treatment is None


def test_records_become_the_facts_of_the_contract() -> None:
    document = contract(treatments=TREATMENTS, treatments_complete=True, weight_kg="60").document
    assert document == {
        "weight_kg": "60",
        "overlap_started_on": "2021-03-01",
        "immunosuppressant_attested": True,
        "steroid_drug": "prednisolone",
        "steroid_mg_per_day": "20",
    }


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ({"overlap_started_on": "2021-03-02"}, "overlap_started_on"),
        ({"overlap_ended_on": "2024-01-01"}, "overlap_ended_on"),
        ({"pathway_b_overlap_started_on": "2024-01-01"}, "pathway_b_overlap_started_on"),
        ({"immunosuppressant_attested": False}, "immunosuppressant_attested"),
        ({"steroid_drug": "prednisolone", "steroid_mg_per_day": "21"}, "steroid_mg_per_day"),
        ({"steroid_drug": "dexamethasone"}, "steroid_drug"),
    ],
)
def test_typed_facts_that_contradict_the_records_are_refused(typed: dict[str, Any], key: str) -> None:
    assert problem_keys(treatments=TREATMENTS, treatments_complete=True, **typed) == [key]
    assert stored(**typed)


@pytest.mark.parametrize(
    "typed",
    [
        {"overlap_started_on": "2021-03-01"},
        {"steroid_drug": "prednisolone", "steroid_mg_per_day": "20.0"},
        {"steroid_drug": "methylprednisolone", "steroid_mg_per_day": "16"},
        {"immunosuppressant_attested": True},
    ],
)
def test_typed_facts_that_say_the_same_are_kept(typed: dict[str, Any]) -> None:
    assert stored(treatments=TREATMENTS, treatments_complete=True, **typed).items() >= typed.items()


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"drug": "voclosporin"}, "treatments[0].drug_class"),
        ({"drug": "tacrolimus", "drug_class": "steroid"}, "treatments[0].drug_class"),
        ({"drug": "tacrolimus", "ended_on": "2024-01-01", "ongoing": True}, "treatments[0].ended_on"),
        ({"drug": "tacrolimus", "started_on": "2024-02", "ended_on": "2024-01"}, "treatments[0].ended_on"),
        ({"drug": "tacrolimus", "daily_dose_mg": "-1"}, "treatments[0].daily_dose_mg"),
        ({"drug": "tacrolimus", "started_on": "1.2.2024"}, "treatments[0].started_on"),
        ({"drug": ""}, "treatments[0].drug"),
        ({"daily_dose_mg": "5"}, "treatments[0].drug"),
        ({"drug": "tacrolimus", "dose": "5"}, "treatments[0].dose"),
    ],
)
def test_a_record_that_cannot_be_is_refused_at_its_part(record: dict[str, Any], key: str) -> None:
    assert problem_keys(treatments=[record]) == [key]


@pytest.mark.parametrize(
    ("record", "same"),
    [
        ({"drug": "Tacrolimus", "drug_class": "immunosuppressant"}, True),
        ({"drug": "voclosporin", "drug_class": "immunosuppressant"}, True),
        ({"drug": "tacrolimus", "started_on": "2024-01", "ended_on": "2024-01-31"}, True),
    ],
)
def test_a_record_is_kept_as_it_was_written(record: dict[str, Any], same: bool) -> None:
    assert (stored(treatments=[record])["treatments"] == [record]) is same


# ------------------------------------------------------------------------------------------------------ unlikely values


@pytest.mark.parametrize(
    ("entered", "key", "is_asked"),
    [
        pytest.param({"fvc_current_l": "0.3"}, "fvc_current_l", False, id="FVC 0.3 L"),
        pytest.param({"fvc_current_l": "0.29"}, "fvc_current_l", True, id="FVC 0.29 L"),
        pytest.param({"fvc_reference_l": "8"}, "fvc_reference_l", False, id="FVC 8 L"),
        pytest.param({"fvc_reference_l": "8.01"}, "fvc_reference_l", True, id="FVC 8.01 L"),
        pytest.param({"weight_kg": "250"}, "weight_kg", False, id="250 kg"),
        pytest.param({"weight_kg": "615"}, "weight_kg", True, id="615 kg"),
        pytest.param({"fvc_current_pct_pred": "9.9"}, "fvc_current_pct_pred", True, id="9.9 % predicted"),
        pytest.param({"dlco_current": "61", "dlco_unit": "mL/min/mmHg"}, "dlco_current", True, id="DLCO 61"),
        pytest.param({"dlco_current": "20", "dlco_unit": "mmol/min/kPa"}, "dlco_current", False, id="DLCO 20 mmol"),
        pytest.param({"dlco_current": "20.1", "dlco_unit": "mmol/min/kPa"}, "dlco_current", True, id="DLCO 20.1 mmol"),
        pytest.param({"dlco_current": "61"}, "dlco_current", False, id="DLCO without its unit is not judged"),
        pytest.param({"creatinine": {"value": "90", "unit": "mg/dL"}}, "creatinine.value", True, id="90 mg/dL"),
        pytest.param({"creatinine": {"value": "90", "unit": "umol/L"}}, "creatinine.value", False, id="90 umol/L"),
        pytest.param({"got_u_l": "5000"}, "got_u_l", False, id="GOT 5000"),
        pytest.param({"got_u_l": "5001"}, "got_u_l", True, id="GOT 5001"),
        pytest.param({"oxygen": {"spo2_percent": "9.4"}}, "oxygen.spo2_percent", True, id="SpO2 9.4 %"),
    ],
)
def test_a_value_outside_of_what_is_plausible_waits_for_a_confirmation(
    entered: dict[str, Any], key: str, is_asked: bool
) -> None:
    left_out = {each.key: each for each in contract(**entered).left_out}
    assert (key in left_out) is is_asked
    if is_asked:
        outer, _dot, inner = key.partition(".")
        document = contract(**entered).document
        assert (inner not in document.get(outer, {})) if inner else (outer not in document)
        confirmed = contract(**entered, confirmed={key: left_out[key].confirm})
        assert not confirmed.left_out


def test_a_confirmation_is_of_the_value_as_it_was() -> None:
    assert stored(fvc_current_l="9.5", confirmed={"fvc_current_l": "9.50"})["confirmed"] == {"fvc_current_l": "9.50"}
    assert "confirmed" not in stored(fvc_current_l="9.6", confirmed={"fvc_current_l": "9.5"})
    assert "confirmed" not in stored(confirmed={"fvc_current_l": "9.5"})
    assert problem_keys(confirmed={"sex": "1"}) == ["confirmed"]
    assert contract(fvc_current_l="9.6", confirmed={"fvc_current_l": "9.5"}).left_out


def test_every_value_that_is_asked_about_has_its_range_in_the_definition() -> None:
    parameters = DEFINITION.eligibility
    assert set(KIND_OF.values()) == set(parameters.plausible_maximum) == {
        *parameters.plausible_minimum, "steroid_mg_per_day",
    }  # fmt: skip
    older = parameters.model_copy(update={"plausible_minimum": {}, "plausible_maximum": {}})
    given = read_entry({"fvc_current_l": "90"}, definition=DEFINITION)
    assert not contract_facts(given, on=ON, parameters=older).left_out


# ----------------------------------------------------------------------------------------------- tests and measurements


@pytest.mark.parametrize(
    ("test", "counts"),
    [
        ({}, True),
        ({"kind": "urine"}, True),
        ({"kind": "serum"}, False),
        ({"sensitivity_miu_ml": "25"}, True),
        ({"sensitivity_miu_ml": "25.1"}, False),
    ],
)
def test_a_negative_pregnancy_test_counts_if_it_is_the_one_asked_for(test: dict[str, Any], counts: bool) -> None:
    negative = contract(pregnancy_test={"result": "negative", "collected_on": "2024-08-20"} | test)
    assert negative.document["pregnancy_test"].get("result") == ("negative" if counts else None)
    assert [each.confirm for each in negative.left_out] == ([] if counts else [""])
    positive = contract(pregnancy_test={"result": "positive"} | test)
    assert positive.document["pregnancy_test"] == {"result": "positive"}


@pytest.mark.parametrize(
    ("oxygen", "shown"),
    [
        ({"spo2_percent": "94"}, None),
        ({"spo2_percent": "93.9"}, True),
        ({"spo2_percent": "95", "spo2_before_percent": "98.9"}, None),
        ({"spo2_percent": "95", "spo2_before_percent": "99"}, True),
        ({"spo2_before_percent": "99"}, None),
        ({"pao2_mmhg": "80"}, None),
        ({"pao2_mmhg": "79.9"}, True),
        ({"new_need": True}, True),
        ({"new_need": False}, None),
        ({"spo2_percent": "9.3"}, None),
    ],
)
def test_measurements_show_that_blood_oxygen_is_decreased(oxygen: dict[str, Any], shown: bool | None) -> None:
    assert contract(oxygen=oxygen).document.get("oxygen_decreased") is shown
    assert contract(oxygen=oxygen, oxygen_decreased=True).document["oxygen_decreased"] is True


def test_measurements_that_show_it_contradict_a_typed_no() -> None:
    assert problem_keys(oxygen={"spo2_percent": "90"}, oxygen_decreased=False) == ["oxygen_decreased"]
    assert stored(oxygen={"spo2_percent": "97"}, oxygen_decreased=False)["oxygen_decreased"] is False


@pytest.mark.parametrize(
    ("diagnosis", "criteria_set", "fits"),
    [
        ("SSc", "acr_eular_2013_ssc", True),
        ("SSc", "eular_acr_2019_sle", False),
        ("DM", "eular_acr_2017_iim", True),
        ("PM", "eular_acr_2017_iim", True),
        ("IIM", "eular_acr_2017_iim", True),
        ("RA", "eular_acr_2017_iim", False),
        ("RA", "other", True),
        ("OTHER", "acr_eular_2016_ss", True),
    ],
)
def test_a_criteria_set_classifies_its_own_diseases(diagnosis: str, criteria_set: str, fits: bool) -> None:
    row = {"diagnosis": diagnosis, "criteria_set": criteria_set}
    if fits:
        assert stored(ctd=[row])["ctd"] == [row]
    else:
        assert problem_keys(ctd=[row]) == ["ctd[0].criteria_set"]


def test_numbers_are_kept_to_the_last_digit() -> None:
    kept = stored(treatments=[{"drug": "prednisolone", "daily_dose_mg": Decimal("48.00000000000000000001")}])
    assert kept["treatments"] == [{"drug": "prednisolone", "daily_dose_mg": "48.00000000000000000001"}]
