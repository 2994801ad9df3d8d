"""Until when results hold, and until when a verdict stands on them: the last day on which it does, and the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from enrollment.rules.eligibility import Overall, evaluate
from enrollment.rules.facts import Creatinine, PregnancyTest, PregnancyTestResult, ScreeningFacts
from enrollment.rules.standing import Expiring, stands_until, validities
from tests.unit.enrollment.screening_facts import EVALUATED_ON, PARAMETERS, WOMAN_34, ok_screening_facts

TAKEN_ON = date(2024, 8, 14)


@pytest.mark.parametrize(
    ("changes", "what", "days"),
    [
        ({"pft_current_on": TAKEN_ON}, Expiring.LUNG_FUNCTION, 28),
        ({"ct_current_on": TAKEN_ON}, Expiring.CT, 90),
        ({"hiv_on": TAKEN_ON}, Expiring.HIV, 90),
        ({"liver_tests_on": TAKEN_ON}, Expiring.LIVER, 7),
        ({"creatinine": Creatinine(collected_on=TAKEN_ON)}, Expiring.CREATININE, 7),
        ({"pregnancy_test": PregnancyTest(PregnancyTestResult.NEGATIVE, TAKEN_ON)}, Expiring.PREGNANCY, 28),
        (
            {
                "pregnancy_test": PregnancyTest(PregnancyTestResult.NEGATIVE, TAKEN_ON),
                "planned_first_infusion_on": date(2024, 8, 21),
            },
            Expiring.PREGNANCY,
            7,
        ),
    ],
)
def test_each_result_has_its_last_day(changes: dict[str, object], what: Expiring, days: int) -> None:
    (found,) = validities(ScreeningFacts(**changes), parameters=PARAMETERS)  # type: ignore[arg-type]  # by name
    assert (found.what, found.taken_on, found.valid_until) == (what, TAKEN_ON, TAKEN_ON + timedelta(days=days))
    assert not found.is_over(on=found.valid_until)
    assert found.is_over(on=found.valid_until + timedelta(days=1))


def until(**changes: object) -> date | None:
    dated = {"pft_current_on": TAKEN_ON, "pft_reference_on": date(2023, 8, 14), "hiv_on": None}
    return stands_until(ok_screening_facts(**(dated | changes)), parameters=PARAMETERS)


def test_the_first_result_to_expire_that_the_verdict_needs_decides() -> None:
    assert until() == TAKEN_ON + timedelta(days=28)
    assert until(hiv_on=date(2024, 6, 1)) == date(2024, 6, 1) + timedelta(days=90)
    assert until(hiv_on=date(2024, 5, 22)) == date(2024, 5, 22) + timedelta(days=90)


@pytest.mark.parametrize(
    ("undated", "days"),
    [
        (("pft_current_on", "pft_reference_on"), 28),
        (("pft_current_on", "pft_reference_on", "hiv_on"), 28),
    ],
)
def test_2_7_a_result_without_its_date_expires_as_if_it_were_of_the_day_of_evaluation(
    undated: tuple[str, ...], days: int
) -> None:
    assert until(**dict.fromkeys(undated)) == EVALUATED_ON + timedelta(days=days)


def test_2_7_an_undated_hiv_test_expires_too() -> None:
    by_ct = {"fvc_current_l": None, "ct_enlarged": True, "ct_current_on": EVALUATED_ON}
    assert until(**by_ct, hiv_on=None) == EVALUATED_ON + timedelta(days=90)
    by_symptoms = {
        "fvc_current_l": None, "dlco_current": None, "ct_enlarged": None, "symptom_onset_on": EVALUATED_ON,
        "dyspnea_worsening": True, "oxygen_decreased": True,
    }  # fmt: skip
    assert until(**by_symptoms, hiv_on=None) == EVALUATED_ON + timedelta(days=90)


def test_a_ct_that_the_verdict_does_not_need_may_expire() -> None:
    old = date(2024, 5, 25)
    assert until(ct_current_on=old) == TAKEN_ON + timedelta(days=28)
    by_ct = {"fvc_current_l": None, "ct_enlarged": True, "ct_reference_on": date(2023, 1, 1)}
    assert until(ct_current_on=old, **by_ct) == old + timedelta(days=90)
    # Either of the two suffices: it stands until the later of both.
    either = {"ct_enlarged": True, "ct_reference_on": date(2023, 1, 1), "ct_current_on": date(2024, 8, 1)}
    assert until(**either) == date(2024, 8, 1) + timedelta(days=90)


def test_laboratory_and_pregnancy_test_are_taken_again_and_do_not_count_here() -> None:
    assert until(**WOMAN_34) == TAKEN_ON + timedelta(days=28)
    assert until(liver_tests_on=date(2024, 8, 13)) == TAKEN_ON + timedelta(days=28)


def test_what_is_not_eligible_does_not_stand() -> None:
    assert until(got_u_l=None) is None
    assert until(evaluated_on=None) is None


@pytest.mark.parametrize("taken_on", [date(2024, 7, 23), date(2024, 8, 1), EVALUATED_ON])
def test_it_is_the_last_day_on_which_the_very_rule_says_eligible(taken_on: date) -> None:
    """Asked anew for each day, with what is not taken again at an infusion left undated."""
    facts = ok_screening_facts(
        pft_current_on=taken_on,
        pft_reference_on=date(2023, 8, 14),
        liver_tests_on=None,
        creatinine=replace(ok_screening_facts().creatinine or Creatinine(), collected_on=None),
    )
    last = stands_until(facts, parameters=PARAMETERS)
    assert last is not None
    for on, overall in ((last, Overall.ELIGIBLE), (last + timedelta(days=1), Overall.PENDING)):
        assert evaluate(replace(facts, evaluated_on=on), parameters=PARAMETERS).overall is overall
