"""From treatment records to the facts of the contract, three-valued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from enrollment.rules.treatment_derived import DERIVED_FROM_TREATMENTS, TreatmentFacts
from enrollment.rules.treatment_records import DrugClass, TreatmentRecord
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import EVALUATED_ON, judged
from tests.unit.enrollment.treatments import derived, record

MMF, MTX = "mycophenolate mofetil", "methotrexate"
LONG_STEROID = record("prednisolone", "2020-01-10")


def pathways(found: TreatmentFacts) -> str:
    """Durations alone decide here: the lung function declines, and the dose is high."""
    facts = {key: getattr(found, key) for key in DERIVED_FROM_TREATMENTS}
    dose = {"steroid_drug": "prednisolone", "steroid_mg_per_day": Decimal("60")}
    verdict = judged(**(facts | dose))
    return "".join({"met": "M", "not_met": "N", "unknown": "U"}[verdict.pathways[each]] for each in "AB")


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        pytest.param("2022-08-19", "MM", id="24 months and a day"),
        pytest.param("2022-08-20", "NM", id="exactly 24 months"),
        pytest.param("2024-05-19", "NM", id="3 months and a day"),
        pytest.param("2024-05-20", "NN", id="exactly 3 months"),
        pytest.param("2022-08", "UM", id="the month does not suffice for A"),
        pytest.param("2022-07", "MM", id="any day of the month is long enough"),
        pytest.param("2022", "UM", id="the year does not suffice for A"),
        pytest.param("2024", "UU", id="too short for A, open for B: then A is not stated apart"),
        pytest.param("2021", "MM", id="the year suffices"),
        pytest.param("2023", "NM", id="any day of the year: too short for A, long enough for B"),
        pytest.param(None, "UU", id="unknown"),
    ],
)
def test_the_start_of_the_immunosuppressant_decides_how_long(started: str | None, expected: str) -> None:
    found = derived(LONG_STEROID, record(MMF, started))
    assert pathways(found) == expected


def test_the_facts_of_a_plain_history() -> None:
    found = derived(
        record("Methylprednisolone", "2023-01-01", "2024-03-31", mg="40"), record(MMF, "2022-05-01", mg="2000")
    )
    assert found.overlap_started_on == date(2023, 1, 1)
    assert found.overlap_ended_on == date(2024, 3, 31)
    assert found.pathway_b_overlap_started_on is None
    assert found.immunosuppressant_attested is True
    assert (found.steroid_drug, found.steroid_mg_per_day) == ("prednisolone", Decimal("50"))
    assert [step.code for step in found.steps] == [
        "TRT-STEROID", "TRT-IMMUNOSUPPRESSANT", "TRT-TOGETHER", "TRT-A", "TRT-B", "TRT-DOSE",
    ]  # fmt: skip


def test_an_unfinished_list_shows_enough_and_never_too_little() -> None:
    short = (LONG_STEROID, record(MMF, "2024-07-01"))
    assert pathways(derived(*short)) == "NN"
    assert pathways(derived(*short, complete=False)) == "UU"
    enough = (LONG_STEROID, record(MMF, "2022-01-01"))
    assert pathways(derived(*enough, complete=False)) == "MM"
    assert pathways(derived(LONG_STEROID, record(MMF, "2024-01-01"), complete=False)) == "UM"


def test_a_complete_list_without_both_says_never() -> None:
    for records in ((), (LONG_STEROID,), (record(MMF, "2020-01-01"),)):
        found = derived(*records)
        assert found.overlap_started_on == found.overlap_ended_on == EVALUATED_ON
        assert pathways(found) == "NN"
        assert pathways(derived(*records, complete=False)) == "UU"


def test_what_begins_after_the_day_of_evaluation_does_not_count_yet() -> None:
    found = derived(LONG_STEROID, record(MMF, "2024-08-21"))
    assert pathways(found) == "NN"
    assert pathways(derived(LONG_STEROID, record(MMF, "2023-01-01", "2030-01-01"))) == "NM"


def test_an_end_that_nobody_knows_leaves_it_open() -> None:
    assert pathways(derived(LONG_STEROID, record(MMF, "2021-01-01", None))) == "UU"
    assert pathways(derived(LONG_STEROID, record(MMF, "2021-01-01", "2022"))) == "NM"
    assert pathways(derived(LONG_STEROID, record(MMF, "2021-01-01", "2023"))) == "UM"
    assert pathways(derived(LONG_STEROID, record(MMF, "2021-01-01", "2023-02"))) == "MM"


@pytest.mark.parametrize(
    ("attested", "expected", "waits"),
    [
        pytest.param(True, "MM", False, id="attested"),
        pytest.param(False, "NN", False, id="denied"),
        pytest.param(None, "UU", True, id="not said"),
    ],
)
def test_methotrexate_counts_as_the_investigator_attests(attested: bool | None, expected: str, waits: bool) -> None:
    found = derived(LONG_STEROID, record(MTX, "2021-01-01", attested=attested))
    assert pathways(found) == expected
    assert found.immunosuppressant_attested is not waits
    assert ("TRT-ATTEST" in [step.code for step in found.steps]) is waits


def test_an_attestation_is_asked_for_only_where_the_answer_depends_on_it() -> None:
    listed = record(MMF, "2021-01-01")
    assert pathways(derived(LONG_STEROID, listed, record(MTX, "2019-01-01"))) == "MM"
    # Eight months of a listed drug after years of methotrexate: long enough for B without it, not for A.
    after = derived(LONG_STEROID, record(MTX, "2020-01-01", "2023-12-31"), record(MMF, "2024-01-01"))
    assert pathways(after) == "UM"
    # A month of it: too short for both, and the attestation decides both.
    assert pathways(derived(LONG_STEROID, record(MTX, "2020-01-01", "2024-07-01"), record(MMF, "2024-07-02"))) == "UU"
    # Never long enough for A whatever is attested.
    assert pathways(derived(LONG_STEROID, record(MTX, "2024-01-01"))) == "NU"


def test_a_drug_of_no_list_counts_as_its_record_and_the_investigator_say() -> None:
    immunosuppressant = DrugClass.IMMUNOSUPPRESSANT
    unlisted = record("voclosporin", "2020-01-10", drug_class=immunosuppressant)
    assert pathways(derived(LONG_STEROID, unlisted)) == "UU"
    attested = record("voclosporin", "2020-01-10", drug_class=immunosuppressant, attested=True)
    assert pathways(derived(LONG_STEROID, attested)) == "MM"
    nobody_knows_what = TreatmentRecord(drug="something", started_on=LONG_STEROID.started_on, ongoing=True)
    assert pathways(derived(LONG_STEROID, nobody_knows_what)) == "NN"


@pytest.mark.parametrize(
    ("drug", "mg", "weight_kg", "expected", "met"),
    [
        ("methylprednisolone", "40", "60", "50", True),
        ("prednisolone", "48", "60", "48", False),
        ("prednisolone", "48.1", "60", "48.1", True),
        ("dexamethasone", "6", "50", "40", False),
        ("deflazacort", "100", "60", "66.666666", True),
        ("hydrocortisone", "100", "60", "25", False),
    ],
)
def test_doses_become_prednisolone(drug: str, mg: str, weight_kg: str, expected: str, met: bool) -> None:
    found = derived(record(drug, "2024-01-01", mg=mg), weight_kg=weight_kg)
    assert found.steroid_mg_per_day == Decimal(expected)
    verdict = judged(
        overlap_started_on=date(2024, 1, 1),
        steroid_drug=found.steroid_drug,
        steroid_mg_per_day=found.steroid_mg_per_day,
        weight_kg=Decimal(weight_kg),
        fvc_current_l=Decimal("2.30"),
    )
    assert verdict.pathways["B"] is (Verdict.MET if met else Verdict.NOT_MET)


@pytest.mark.parametrize(
    ("last", "expected"),
    [pytest.param("2024-02-06", "10", id="6 days"), pytest.param("2024-02-07", "60", id="7 days")],
)
def test_a_dose_is_sustained_from_the_seventh_day_on(last: str, expected: str) -> None:
    base = record("prednisolone", "2023-01-01")
    assert derived(base, record("prednisolone", "2024-02-01", last, mg="50")).steroid_mg_per_day == Decimal(expected)


def test_a_dose_that_is_open_is_not_stated() -> None:
    assert derived(record("prednisolone", "2024-01-01", mg=None)).steroid_mg_per_day is None
    assert derived(record("prednisolone", "2024-01", "2024-02", mg="60")).steroid_mg_per_day is None
    assert derived(record("prednisolone", "2024-01", "2024-02", mg="20")).steroid_mg_per_day is not None
    low = record("prednisolone", "2024-01-01", mg="20")
    assert derived(low, complete=False).steroid_mg_per_day is None
    assert derived(low, complete=False, weight_kg=None).steroid_mg_per_day is None
    assert derived(low, weight_kg=None).steroid_mg_per_day == Decimal("20")
    high = record("prednisolone", "2024-01-01", mg="60")
    assert derived(high, complete=False).steroid_mg_per_day == Decimal("60")
    unlisted = TreatmentRecord(drug="budesonide", drug_class=DrugClass.STEROID, started_on=low.started_on, ongoing=True)
    assert derived(low, unlisted).steroid_mg_per_day is None
    assert derived(high, unlisted).steroid_mg_per_day == Decimal("60")
