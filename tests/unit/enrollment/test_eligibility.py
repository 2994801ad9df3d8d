"""Every other criterion, vectors E20 to E40, and what follows from all of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enrollment.rules.eligibility import Criterion, Overall
from enrollment.rules.facts import (
    ConsentFacts,
    ConsentStanding,
    Creatinine,
    CtdDiagnosis,
    Diagnosis,
    HivResult,
    ScreeningFacts,
)
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import EVALUATED_ON, WOMAN_34, judged, result
from trial.rules.partial_dates import PartialDate
from trial.rules.units import CreatinineUnit

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
BIRTHDAY = date(2024, 8, 20)


def test_the_participant_of_these_tests_is_eligible() -> None:
    assert judged().overall is Overall.ELIGIBLE
    assert judged(**WOMAN_34).overall is Overall.ELIGIBLE
    assert [each.code for each in judged().criteria] == list(Criterion)


@pytest.mark.parametrize(
    ("born", "completed_years", "birthday"),
    [
        pytest.param("2004-08-20", MET, MET, id="E20"),
        pytest.param("2004-08-21", NOT_MET, NOT_MET, id="E21"),
        pytest.param("1943-08-21", MET, NOT_MET, id="80 years and 365 days"),
        pytest.param("1944-08-20", MET, MET, id="80th birthday"),
        pytest.param("1944-08-19", MET, NOT_MET, id="80 years and a day"),
        pytest.param("1943-08-20", NOT_MET, NOT_MET, id="E23"),
        pytest.param("2004", UNKNOWN, UNKNOWN, id="E24"),
        pytest.param("2004-07", MET, MET, id="the month suffices"),
        pytest.param("2004-08", UNKNOWN, UNKNOWN, id="the month does not suffice"),
        pytest.param("2005", NOT_MET, NOT_MET, id="the year suffices"),
        pytest.param("1943", UNKNOWN, NOT_MET, id="80 or 81"),
        pytest.param("1942", NOT_MET, NOT_MET, id="81 or 82"),
    ],
)
def test_age(born: str, completed_years: Verdict, birthday: Verdict) -> None:
    changes: dict[str, Any] = {"birth_date": PartialDate.parse(born), "consent_on": BIRTHDAY}
    assert result(Criterion.I1A, **changes) is completed_years
    assert result(Criterion.I1A, {"age_upper_mode": "birthday"}, **changes) is birthday
    twin = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}
    assert result(Criterion.X2A, **changes) is twin[completed_years]


@pytest.mark.parametrize(("key", "needs"), [("birth_date", ("birth_date",)), ("consent_on", ("consent_on",))])
def test_age_needs_both_dates(key: str, needs: tuple[str, ...]) -> None:
    criterion = judged(**{key: None}).criterion(Criterion.I1A)
    assert (criterion.result, criterion.needs) == (UNKNOWN, needs)


@pytest.mark.parametrize(
    ("ctd", "expected"),
    [
        ((CtdDiagnosis(Diagnosis.SLE, True, True),), MET),
        ((CtdDiagnosis(Diagnosis.SLE, False, True),), NOT_MET),
        ((CtdDiagnosis(Diagnosis.SLE, True, None),), UNKNOWN),
        ((CtdDiagnosis(Diagnosis.SLE, None, True),), UNKNOWN),
        ((CtdDiagnosis(Diagnosis.OTHER, True, False),), UNKNOWN),
        ((CtdDiagnosis(Diagnosis.OTHER, True, True),), MET),
        ((CtdDiagnosis(Diagnosis.IIM, True, None),), UNKNOWN),
        ((CtdDiagnosis(Diagnosis.RA, False, True), CtdDiagnosis(Diagnosis.SS, True, True)), MET),
        ((CtdDiagnosis(Diagnosis.RA, False, True), CtdDiagnosis(Diagnosis.OTHER, True)), UNKNOWN),
        ((), NOT_MET),
        (None, UNKNOWN),
    ],
)
def test_connective_tissue_disease(ctd: tuple[CtdDiagnosis, ...] | None, expected: Verdict) -> None:
    assert result(Criterion.I1B, ctd=ctd) is expected


@pytest.mark.parametrize(
    ("investigator", "social_worker", "expected"),
    [
        (True, True, MET),
        pytest.param(True, None, UNKNOWN, id="E39"),
        (None, False, NOT_MET),
        (False, True, NOT_MET),
        (None, None, UNKNOWN),
    ],
)
def test_family_support(investigator: bool | None, social_worker: bool | None, expected: Verdict) -> None:
    changes = {"family_support_investigator": investigator, "family_support_social_worker": social_worker}
    assert result(Criterion.I3, **changes) is expected


@pytest.mark.parametrize(
    ("consent", "expected", "code"),
    [
        (ConsentFacts(ConsentStanding.SIGNED, True, True), NOT_MET, "ELG-X1-SIGNED"),
        (ConsentFacts(ConsentStanding.REFUSED), MET, "ELG-X1-REFUSED"),
        (ConsentFacts(ConsentStanding.NOT_YET), UNKNOWN, "ELG-X1-NOT-YET"),
        (ConsentFacts(ConsentStanding.SIGNED, False, True), UNKNOWN, "ELG-X1-VERSION"),
        (ConsentFacts(ConsentStanding.SIGNED, True, False), UNKNOWN, "ELG-X1-AFTER-PROCEDURE"),
        (ConsentFacts(ConsentStanding.SIGNED, True, None), UNKNOWN, "ELG-X1-INCOMPLETE"),
        (None, UNKNOWN, "ELG-X1-MISSING"),
    ],
)
def test_consent(consent: ConsentFacts | None, expected: Verdict, code: str) -> None:
    criterion = judged(consent=consent).criterion(Criterion.X1)
    assert criterion.result is expected
    assert [reason.code for reason in criterion.reasons] == [code]


@pytest.mark.parametrize(
    ("improved", "months", "expected"),
    [
        (True, "6", MET),
        (True, "5.9", NOT_MET),
        (True, None, UNKNOWN),
        (False, None, NOT_MET),
        (None, "12", UNKNOWN),
        (None, "3", NOT_MET),
    ],
)
def test_improvement_under_treatment(improved: bool | None, months: str | None, expected: Verdict) -> None:
    changes: dict[str, Any] = {
        "improvement_after_treatment": improved,
        "improvement_treatment_months": None if months is None else Decimal(months),
    }
    assert result(Criterion.X2B, **changes) is expected
    assert result(Criterion.X2, **changes) is expected
    assert result(Criterion.X2, {"x2_mode": "literal"}, **changes) is NOT_MET


def test_exclusion_2_read_literally_needs_both_halves() -> None:
    old = {"birth_date": PartialDate(1940), "improvement_after_treatment": True}
    assert result(Criterion.X2, {"x2_mode": "literal"}, **old) is MET
    assert result(Criterion.X2, {"x2_mode": "literal"}, **(old | {"improvement_after_treatment": False})) is NOT_MET
    assert result(Criterion.X2, **(old | {"improvement_after_treatment": False})) is MET


def test_improvement_together_with_decline_is_named_as_a_contradiction() -> None:
    reasons = judged(improvement_after_treatment=True).criterion(Criterion.X2B).reasons
    assert "ELG-X2B-CONFLICT" in [reason.code for reason in reasons]


DM = (CtdDiagnosis(Diagnosis.DM, True, True),)
IIM = (CtdDiagnosis(Diagnosis.IIM, True, True),)


@pytest.mark.parametrize(
    ("got", "gpt", "extra", "either", "both"),
    [
        pytest.param("80", "80", {}, NOT_MET, NOT_MET, id="E31"),
        pytest.param("81", "30", {}, MET, NOT_MET, id="E32"),
        pytest.param("95", "90", {"ctd": DM, "myositis_cause_attested": True}, NOT_MET, NOT_MET, id="E33"),
        pytest.param("95", "90", {"ctd": DM}, UNKNOWN, UNKNOWN, id="E34"),
        pytest.param("95", "90", {"ctd": IIM, "myositis_cause_attested": True}, NOT_MET, NOT_MET, id="IIM"),
        pytest.param("95", "90", {"myositis_cause_attested": True}, MET, MET, id="no myositis to attest"),
        pytest.param("95", "90", {"ctd": None}, UNKNOWN, UNKNOWN, id="diagnosis unknown"),
        pytest.param("80.01", "80.01", {}, MET, MET, id="just beyond"),
        pytest.param("95", None, {}, MET, UNKNOWN, id="GPT missing"),
        pytest.param("30", None, {}, UNKNOWN, NOT_MET, id="GPT missing, GOT normal"),
        pytest.param("95", "90", {"liver_tests_on": date(2024, 8, 12)}, UNKNOWN, UNKNOWN, id="expired"),
        pytest.param("95", "90", {"liver_tests_on": date(2024, 8, 13)}, MET, MET, id="7 days old"),
        pytest.param("95", "90", {"liver_tests_on": None}, MET, MET, id="no date: valid"),
    ],
)
def test_liver(got: str, gpt: str | None, extra: dict[str, Any], either: Verdict, both: Verdict) -> None:
    changes: dict[str, Any] = {"got_u_l": Decimal(got), "gpt_u_l": None if gpt is None else Decimal(gpt)} | extra
    assert result(Criterion.X4, **changes) is either
    assert result(Criterion.X4, {"liver_mode": "both"}, **changes) is both


@pytest.mark.parametrize(
    ("value", "unit", "collected_on", "expected"),
    [
        ("1.4", CreatinineUnit.MG_PER_DL, EVALUATED_ON, NOT_MET),
        ("1.41", CreatinineUnit.MG_PER_DL, EVALUATED_ON, MET),
        ("123.76", CreatinineUnit.UMOL_PER_L, EVALUATED_ON, NOT_MET),
        ("124", CreatinineUnit.UMOL_PER_L, EVALUATED_ON, MET),
        ("0.9", None, EVALUATED_ON, UNKNOWN),
        (None, CreatinineUnit.MG_PER_DL, EVALUATED_ON, UNKNOWN),
        ("0.9", CreatinineUnit.MG_PER_DL, date(2024, 8, 12), UNKNOWN),
        ("0.9", CreatinineUnit.MG_PER_DL, date(2024, 8, 13), NOT_MET),
        ("0.9", CreatinineUnit.MG_PER_DL, None, NOT_MET),
    ],
)
def test_kidney(value: str | None, unit: CreatinineUnit | None, collected_on: date | None, expected: Verdict) -> None:
    creatinine = Creatinine(None if value is None else Decimal(value), unit, collected_on)
    assert result(Criterion.X4, creatinine=creatinine) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"hiv": HivResult.REACTIVE}, UNKNOWN, id="E36"),
        pytest.param({"hiv": HivResult.CONFIRMED, "hiv_on": date(2020, 1, 1)}, MET, id="HIV confirmed"),
        pytest.param({"active_notifiable_disease": True}, MET, id="E38"),
        ({"hiv": None}, UNKNOWN),
        ({"hiv_on": date(2024, 5, 22)}, NOT_MET),
        ({"hiv_on": date(2024, 5, 21)}, UNKNOWN),
        ({"hiv_on": None}, NOT_MET),
        ({"immunodeficiency": True, "hiv": None}, MET),
        ({"immunodeficiency": None}, UNKNOWN),
        ({"active_notifiable_disease": None}, UNKNOWN),
    ],
)
def test_immune_deficiency_and_notifiable_disease(changes: dict[str, Any], expected: Verdict) -> None:
    assert result(Criterion.X5, **changes) is expected


def test_e40_one_exclusion_decides_over_five_unknowns() -> None:
    verdict = judged(
        active_notifiable_disease=True,
        birth_date=None,
        ctd=None,
        family_support_social_worker=None,
        consent=None,
        improvement_after_treatment=None,
    )
    open_criteria = [each.code for each in verdict.criteria if each.result is UNKNOWN]
    assert open_criteria == ["I1a", "I1b", "I3", "X1", "X2a", "X2b", "X2"]
    assert verdict.overall is Overall.INELIGIBLE
    assert [each.code for each in verdict.failing] == [Criterion.X5]


def test_one_unknown_makes_it_pending_and_names_what_would_settle_it() -> None:
    verdict = judged(gpt_u_l=None)
    assert verdict.overall is Overall.PENDING
    assert verdict.needs == ("gpt_u_l",)


def test_a_half_of_exclusion_2_that_is_not_in_force_does_not_decide() -> None:
    verdict = judged({"x2_mode": "literal"}, improvement_after_treatment=True)
    assert verdict.criterion(Criterion.X2B).result is MET
    assert verdict.overall is Overall.ELIGIBLE


def test_nothing_known_is_pending_and_every_unknown_names_its_need() -> None:
    verdict = judged(**dict.fromkeys(_optional_keys()))
    assert verdict.overall is Overall.PENDING
    names = set(ScreeningFacts.__dataclass_fields__)
    for each in verdict.criteria:
        assert each.result is UNKNOWN
        assert each.needs
        assert set(each.needs) <= names
        assert all(reason.message and reason.source.startswith(("Protocol", "PC-")) for reason in each.reasons)


def _optional_keys() -> list[str]:
    always = {"immunosuppressant_attested", "dlco_same_correction"}
    return [name for name in ScreeningFacts.__dataclass_fields__ if name not in always]


def test_a_reason_shows_the_value_and_the_threshold() -> None:
    reasons = judged(got_u_l=Decimal("80.5")).criterion(Criterion.X4).reasons
    assert [(reason.code, reason.source) for reason in reasons if "GOT" in reason.code] == [
        ("ELG-X4-GOT", "Protocol exclusion 4, PC-12, PC-13")
    ]
    assert reasons[0].message == "GOT 80.5 U/L; more than 80.0 U/L excludes."
