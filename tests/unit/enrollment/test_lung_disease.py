"""Inclusion 2: vectors E01 to E12, exact decimals, and the dates of tests."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enrollment.rules.eligibility import Criterion
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import judged

A_TREATED = {"overlap_started_on": date(2022, 8, 19)}
HIGH_DOSE = {"steroid_mg_per_day": Decimal("60"), "overlap_started_on": date(2024, 5, 1)}
"""1 mg/kg/day, and treated for more than 3 but not more than 24 months."""
WORSENING = {"symptom_onset_on": date(2024, 7, 20), "dyspnea_worsening": True, "oxygen_decreased": True}


def declines(fvc: str, dlco: str | None = "0") -> dict[str, Any]:
    """Declines in per cent, exact: the reference is 100 000 parts."""

    def current(percent: str) -> Decimal:
        return Decimal(1000) - Decimal(percent) * 10

    return {
        "fvc_reference_l": Decimal(1000),
        "fvc_current_l": current(fvc),
        "dlco_reference": Decimal(1000),
        "dlco_current": None if dlco is None else current(dlco),
    }


def letters(changes: dict[str, Any], parameters: dict[str, object] | None = None) -> str:
    verdict = judged(parameters, **changes)
    short = {Verdict.MET: "M", Verdict.NOT_MET: "N", Verdict.UNKNOWN: "U"}
    pathways = "".join(short[verdict.pathways[name]] for name in "ABC")
    return f"{pathways} {verdict.criterion(Criterion.I2).result.upper()}"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(A_TREATED | declines("10", "15"), "NNN NOT_MET", id="E01"),
        pytest.param(A_TREATED | declines("10.05"), "MNN MET", id="E02"),
        pytest.param(A_TREATED | declines("5", "15.33"), "MNN MET", id="E03"),
        pytest.param(A_TREATED | declines("4.9999", "40"), "NNN NOT_MET", id="E04"),
        pytest.param(A_TREATED | declines("7", None), "UNN UNKNOWN", id="E05"),
        pytest.param(A_TREATED | declines("7", None) | {"ct_enlarged": True}, "MNN MET", id="E06"),
        pytest.param({"overlap_started_on": date(2024, 5, 1)} | declines("40", "40"), "NNN NOT_MET", id="E07"),
        pytest.param({"overlap_started_on": None} | declines("12"), "UNN UNKNOWN", id="E08"),
        pytest.param(HIGH_DOSE | declines("5.0001"), "NMN MET", id="E09"),
        pytest.param(HIGH_DOSE | declines("5", "10"), "NNN NOT_MET", id="E10"),
        pytest.param(HIGH_DOSE | declines("0", "10.83"), "NMN MET", id="E11"),
        pytest.param(
            HIGH_DOSE | {"overlap_started_on": date(2024, 6, 20)} | WORSENING | declines("0"), "NNM MET", id="E12"
        ),
    ],
)
def test_vectors(changes: dict[str, Any], expected: str) -> None:
    assert letters(changes) == expected


@pytest.mark.parametrize(
    ("reference", "current", "treated", "expected"),
    [
        ("2.10", "1.89", A_TREATED, "N"),
        ("2.00", "1.80", A_TREATED, "N"),
        ("2.000", "1.799", A_TREATED, "M"),
        ("2.00", "1.90", HIGH_DOSE, "N"),
        ("2.000", "1.899", HIGH_DOSE, "M"),
    ],
)
def test_a_decline_of_exactly_the_limit_is_not_more(
    reference: str, current: str, treated: dict[str, Any], expected: str
) -> None:
    changes = treated | {"fvc_reference_l": Decimal(reference), "fvc_current_l": Decimal(current)}
    pathways = letters(changes)
    assert pathways[0 if treated is A_TREATED else 1] == expected


@pytest.mark.parametrize(("current", "expected"), [("2.85", "M"), ("2.8501", "N"), ("2.70", "M"), ("2.40", "M")])
def test_the_lower_range_includes_exactly_5_percent(current: str, expected: str) -> None:
    changes = A_TREATED | {
        "fvc_reference_l": Decimal("3.00"),
        "fvc_current_l": Decimal(current),
        "dlco_reference": Decimal("20"),
        "dlco_current": Decimal("16"),
    }
    assert letters(changes)[0] == expected


def test_relative_and_absolute_declines_are_two_readings() -> None:
    changes = A_TREATED | {
        "fvc_reference_l": Decimal("2.00"),
        "fvc_current_l": Decimal("1.84"),
        "fvc_reference_pct_pred": Decimal("60.0"),
        "fvc_current_pct_pred": Decimal("55.2"),
        "dlco_reference": Decimal("20"),
        "dlco_current": Decimal("16"),
        "dlco_reference_pct_pred": Decimal("70"),
        "dlco_current_pct_pred": Decimal("50"),
    }
    assert letters(changes)[0] == "M"
    assert letters(changes, {"decline_mode": "absolute"})[0] == "N"
    assert letters(changes | {"fvc_current_pct_pred": None}, {"decline_mode": "absolute"})[0] == "U"
    assert letters(changes | {"fvc_current_pct_pred": None})[0] == "M"


@pytest.mark.parametrize(
    ("started_on", "on", "expected"),
    [
        (date(2022, 8, 20), date(2024, 8, 20), "N"),
        (date(2022, 8, 20), date(2024, 8, 21), "M"),
        (date(2022, 8, 31), date(2024, 8, 31), "N"),
        (date(2022, 2, 28), date(2024, 2, 28), "N"),
        (date(2020, 2, 29), date(2022, 2, 28), "N"),
        (date(2020, 2, 29), date(2022, 3, 1), "M"),
    ],
)
def test_more_than_24_months_is_strictly_more(started_on: date, on: date, expected: str) -> None:
    changes = {"overlap_started_on": started_on, "evaluated_on": on, "symptom_onset_on": date(2019, 1, 1)}
    assert letters(changes)[0] == expected


def test_the_overlap_ends_with_the_treatment() -> None:
    ended = {"overlap_started_on": date(2022, 1, 10), "overlap_ended_on": date(2024, 1, 10)}
    assert letters(ended)[0] == "N"
    assert letters(ended | {"overlap_ended_on": date(2024, 1, 11)})[0] == "M"


def test_pathway_b_may_have_an_overlap_of_its_own() -> None:
    assert letters(HIGH_DOSE | declines("6"))[1] == "M"
    own = HIGH_DOSE | {"overlap_started_on": date(2022, 1, 10), "pathway_b_overlap_started_on": date(2024, 5, 20)}
    assert letters(own | declines("6"))[1] == "N"
    assert letters(own | declines("6") | {"pathway_b_overlap_started_on": date(2024, 5, 19)})[1] == "M"


def test_a_drug_that_is_not_attested_as_potent_leaves_it_open() -> None:
    assert letters(A_TREATED | declines("12") | {"immunosuppressant_attested": False}) == "UNN UNKNOWN"


@pytest.mark.parametrize(
    ("drug", "mg", "weight", "expected"),
    [
        ("methylprednisolone", "40", "60", "M"),
        ("prednisolone", "48", "60", "N"),
        ("prednisolone", "48.1", "60", "M"),
        ("dexamethasone", "6", "50", "N"),
        ("Dexamethasone ", "6.01", "50", "M"),
        ("budesonide", "60", "60", "U"),
        (None, "60", "60", "U"),
    ],
)
def test_steroid_doses_in_prednisolone_equivalents(drug: str | None, mg: str, weight: str, expected: str) -> None:
    dose = {"steroid_drug": drug, "steroid_mg_per_day": Decimal(mg), "weight_kg": Decimal(weight)}
    assert letters(HIGH_DOSE | dose | declines("6"))[1] == expected


@pytest.mark.parametrize(
    ("onset_on", "expected"),
    [
        (date(2024, 7, 20), "M"),
        (date(2024, 7, 19), "N"),
        (date(2024, 8, 20), "M"),
        (date(2024, 8, 21), "U"),
        (None, "U"),
    ],
)
def test_onset_within_one_calendar_month(onset_on: date | None, expected: str) -> None:
    assert letters(WORSENING | {"symptom_onset_on": onset_on})[2] == expected


@pytest.mark.parametrize(
    ("dyspnea", "oxygen", "ct", "default", "inner"),
    [
        (True, True, False, "M", "M"),
        (False, True, True, "M", "N"),
        (True, False, True, "M", "M"),
        (True, False, False, "N", "N"),
        (None, True, False, "U", "U"),
        (False, None, None, "U", "N"),
    ],
)
def test_the_two_ways_of_reading_pathway_c(
    dyspnea: bool | None, oxygen: bool | None, ct: bool | None, default: str, inner: str
) -> None:
    changes = WORSENING | {"dyspnea_worsening": dyspnea, "oxygen_decreased": oxygen, "ct_enlarged": ct}
    assert letters(changes)[2] == default
    assert letters(changes, {"c_parse": "dyspnea_and_oxygen_or_ct_inner"})[2] == inner


@pytest.mark.parametrize(
    ("changes", "a", "needs"),
    [
        ({"pft_current_on": date(2024, 7, 23)}, "M", None),
        ({"pft_current_on": date(2024, 7, 22)}, "U", "pft_current_on"),
        ({"pft_current_on": date(2024, 8, 21)}, "U", "pft_current_on"),
        ({"pft_current_on": date(2024, 8, 20), "pft_reference_on": date(2022, 8, 20)}, "M", None),
        ({"pft_current_on": date(2024, 8, 20), "pft_reference_on": date(2022, 8, 19)}, "U", "pft_reference_on"),
        ({"pft_current_on": date(2024, 8, 20), "pft_reference_on": date(2024, 5, 20)}, "M", None),
        ({"pft_current_on": date(2024, 8, 20), "pft_reference_on": date(2024, 5, 21)}, "U", "pft_reference_on"),
        ({"pft_current_on": date(2024, 8, 20), "pft_reference_on": date(2024, 8, 21)}, "U", "pft_reference_on"),
        ({"dlco_unit": None} | declines("7", "20"), "U", "dlco_unit"),
        ({"dlco_same_correction": False} | declines("7", "20"), "U", "dlco_same_correction"),
        ({"fvc_reference_l": Decimal(0)}, "U", "fvc_reference_l"),
    ],
)
def test_a_test_that_does_not_count_leaves_it_open(changes: dict[str, Any], a: str, needs: str | None) -> None:
    verdict = judged(**(A_TREATED | changes))
    assert verdict.pathways["A"] is (Verdict.MET if a == "M" else Verdict.UNKNOWN)
    assert needs is None or needs in verdict.criterion(Criterion.I2).needs


def test_pathway_b_asks_for_one_month_between_the_tests() -> None:
    tests = HIGH_DOSE | declines("6") | {"pft_current_on": date(2024, 8, 20)}
    assert letters(tests | {"pft_reference_on": date(2024, 7, 20)})[1] == "M"
    assert letters(tests | {"pft_reference_on": date(2024, 7, 21)})[1] == "U"


@pytest.mark.parametrize(
    ("current_on", "reference_on", "expected"),
    [
        (date(2024, 5, 22), None, "M"),
        (date(2024, 5, 21), None, "U"),
        (date(2024, 8, 1), date(2024, 8, 1), "U"),
        (date(2024, 8, 1), date(2024, 7, 31), "M"),
    ],
)
def test_a_ct_has_two_dates_and_an_age(current_on: date, reference_on: date | None, expected: str) -> None:
    changes = {"ct_enlarged": True, "ct_current_on": current_on, "ct_reference_on": reference_on}
    assert letters(A_TREATED | declines("0") | changes)[0] == expected
