"""Inclusions 4 and 5 and exclusion 3: who can become pregnant, is, or is protected."""

from datetime import date
from typing import Any

import pytest

from enrollment.rules.eligibility import Criterion, Overall
from enrollment.rules.facts import (
    ChildbearingReason,
    Contraception,
    ContraceptionMethod,
    PregnancyTest,
    PregnancyTestResult,
    Sex,
)
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import WOMAN_34, judged, result
from trial.rules.partial_dates import PartialDate

MET, NOT_MET, UNKNOWN, NA = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE


def test_e26_a_man_needs_no_pregnancy_test() -> None:
    verdict = judged()
    assert verdict.criterion(Criterion.I4).result is NA
    assert verdict.criterion(Criterion.X3).result is NA
    assert verdict.overall is Overall.ELIGIBLE


@pytest.mark.parametrize(
    ("test_result", "collected_on", "planned_on", "expected"),
    [
        ("negative", date(2024, 8, 20), date(2024, 8, 27), MET),
        pytest.param("negative", date(2024, 8, 18), date(2024, 8, 27), UNKNOWN, id="E27"),
        ("negative", date(2024, 8, 19), date(2024, 8, 27), UNKNOWN),
        ("negative", None, date(2024, 8, 27), MET),
        pytest.param("negative", date(2024, 8, 13), date(2024, 8, 15), MET, id="2.7-plan passed, 7 days old"),
        pytest.param("negative", date(2024, 8, 12), date(2024, 8, 15), UNKNOWN, id="2.7-plan passed, 8 days old"),
        pytest.param("negative", date(2024, 7, 10), date(2024, 7, 15), UNKNOWN, id="2.7-plan long passed"),
        ("negative", date(2024, 7, 23), None, MET),
        ("negative", date(2024, 7, 22), None, UNKNOWN),
        ("negative", date(2024, 8, 21), date(2024, 8, 27), UNKNOWN),
        pytest.param("invalid", date(2024, 8, 20), date(2024, 8, 27), UNKNOWN, id="E28"),
        ("positive", date(2024, 8, 20), date(2024, 8, 27), NOT_MET),
    ],
)
def test_the_pregnancy_test_of_a_woman_of_34(
    test_result: str, collected_on: date | None, planned_on: date | None, expected: Verdict
) -> None:
    test = PregnancyTest(PregnancyTestResult(test_result), collected_on)
    changes = WOMAN_34 | {"pregnancy_test": test, "planned_first_infusion_on": planned_on}
    assert result(Criterion.I4, **changes) is expected


def test_a_positive_test_excludes_whatever_is_documented() -> None:
    sterile = {"childbearing_potential": False, "childbearing_reason": ChildbearingReason.TUBAL_LIGATION}
    verdict = judged(**(WOMAN_34 | sterile | {"pregnancy_test": PregnancyTest(PregnancyTestResult.POSITIVE)}))
    assert verdict.criterion(Criterion.I4).result is NOT_MET
    assert verdict.criterion(Criterion.X3).result is MET


def test_e29_a_woman_after_the_menopause() -> None:
    woman = {
        "sex": Sex.FEMALE,
        "birth_date": PartialDate(1968, 2),
        "last_menses_on": PartialDate(2021),
        "contraception": None,
    }
    verdict = judged(**woman)
    assert verdict.criterion(Criterion.I4).result is NA
    assert verdict.criterion(Criterion.I5).result is NA
    assert verdict.criterion(Criterion.X3).result is NOT_MET
    assert verdict.overall is Overall.ELIGIBLE


@pytest.mark.parametrize(
    ("stated", "reason", "born", "menses", "expected"),
    [
        (False, "hysterectomy", "1990-03-14", None, NA),
        (None, "oophorectomy", "1990-03-14", None, NA),
        (False, None, "1990-03-14", None, UNKNOWN),
        (None, None, "1990-03-14", None, UNKNOWN),
        (True, "hysterectomy", "1990-03-14", None, UNKNOWN),
        (False, "menopause", "1974-08-20", "2023-08-20", NA),
        (False, "menopause", "1974-08-21", "2023-08-20", UNKNOWN),
        (False, "menopause", "1974-08-20", "2023-08-21", UNKNOWN),
        (False, "menopause", "1974-08-20", None, UNKNOWN),
        (None, None, "1974-08-20", "2023-08", UNKNOWN),
        (None, None, "1974-08-20", "2023-07", NA),
    ],
)
def test_childbearing_potential(
    stated: bool | None, reason: str | None, born: str, menses: str | None, expected: Verdict
) -> None:
    woman = WOMAN_34 | {
        "childbearing_potential": stated,
        "childbearing_reason": None if reason is None else ChildbearingReason(reason),
        "birth_date": PartialDate.parse(born),
        "last_menses_on": None if menses is None else PartialDate.parse(menses),
        "pregnancy_test": None,
    }
    assert result(Criterion.I4, **woman) is expected


def test_a_valid_negative_test_settles_an_open_childbearing_potential() -> None:
    assert result(Criterion.I4, **(WOMAN_34 | {"childbearing_potential": None})) is MET


def test_without_the_sex_nothing_is_settled() -> None:
    verdict = judged(sex=None)
    for code in (Criterion.I4, Criterion.X3):
        assert (verdict.criterion(code).result, verdict.criterion(code).needs) == (UNKNOWN, ("sex",))
    assert verdict.overall is Overall.PENDING


@pytest.mark.parametrize(
    ("method", "started_on", "planned_on", "expected"),
    [
        ("oral", date(2024, 7, 27), date(2024, 8, 27), MET),
        ("oral", date(2024, 7, 28), date(2024, 8, 27), UNKNOWN),
        ("iud", date(2024, 7, 28), date(2024, 8, 28), MET),
        ("implant", date(2024, 1, 31), date(2024, 2, 29), UNKNOWN),
        ("implant", date(2024, 1, 31), date(2024, 3, 1), MET),
        ("oral", date(2024, 7, 20), None, MET),
        ("oral", date(2024, 7, 21), None, UNKNOWN),
        ("oral", None, date(2024, 8, 27), UNKNOWN),
        ("barrier", None, date(2024, 8, 27), MET),
        ("sterilised_partner", None, None, MET),
        ("other", None, date(2024, 8, 27), UNKNOWN),
        (None, None, date(2024, 8, 27), UNKNOWN),
    ],
)
def test_contraception_is_effective_and_begun_in_time(
    method: str | None, started_on: date | None, planned_on: date | None, expected: Verdict
) -> None:
    contraception = Contraception(True, None if method is None else ContraceptionMethod(method), started_on)
    changes = WOMAN_34 | {"contraception": contraception, "planned_first_infusion_on": planned_on}
    assert result(Criterion.I5, **changes) is expected


def test_contraception_begun_too_late_names_the_earliest_infusion() -> None:
    contraception = Contraception(True, ContraceptionMethod.ORAL, date(2024, 8, 1))
    reasons = judged(**(WOMAN_34 | {"contraception": contraception})).criterion(Criterion.I5).reasons
    assert [reason.code for reason in reasons] == ["ELG-I5-LEAD"]
    assert "2024-09-01" in reasons[0].message


@pytest.mark.parametrize(("agreed", "expected"), [(True, MET), (False, NOT_MET), (None, UNKNOWN)])
def test_a_man_is_asked_for_his_agreement_only(agreed: bool | None, expected: Verdict) -> None:
    assert result(Criterion.I5, contraception=Contraception(agreed)) is expected


def test_a_refusal_counts_against_a_woman_who_could_become_pregnant() -> None:
    refuses = {"contraception": Contraception(agreed=False)}
    assert result(Criterion.I5, **(WOMAN_34 | refuses)) is NOT_MET
    assert result(Criterion.X3, **(WOMAN_34 | refuses)) is MET
    assert result(Criterion.I5, **(WOMAN_34 | refuses | {"childbearing_potential": None})) is UNKNOWN
    assert result(Criterion.X3, **(WOMAN_34 | refuses | {"childbearing_potential": None})) is UNKNOWN


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, NOT_MET),
        ({"pregnant": True}, MET),
        ({"breastfeeding": True}, MET),
        ({"breastfeeding": None}, UNKNOWN),
        ({"pregnant": None}, NOT_MET),
        ({"pregnant": None, "pregnancy_test": None}, UNKNOWN),
        ({"contraception": None}, UNKNOWN),
        ({"contraception": None, "breastfeeding": True}, MET),
    ],
)
def test_pregnant_breastfeeding_or_unprotected(changes: dict[str, Any], expected: Verdict) -> None:
    assert result(Criterion.X3, **(WOMAN_34 | changes)) is expected
