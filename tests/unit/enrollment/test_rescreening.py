"""When a participant may be screened again, and what is known of them then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from config.demonstration.participants import eligible_man, eligible_woman
from enrollment.rules.eligibility import Criterion, evaluate
from enrollment.rules.facts_document import facts_from_document
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.records_document import ScreeningInput
from enrollment.rules.rescreening import DURABLE_KEYS, RescreeningFacts, carried_facts, may_rescreen
from enrollment.rules.states import SubjectState
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import EVALUATED_ON
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()
MOST = DEFINITION.eligibility.max_rescreens
# What is asked again: it expires, is a judgement on what expires, or follows from other records.
ASKED_AGAIN = {
    "planned_first_infusion_on",
    "last_menses_on",
    "fvc_current_l",
    "fvc_current_pct_pred",
    "pft_current_on",
    "dlco_current",
    "dlco_current_pct_pred",
    "ct_enlarged",
    "ct_current_on",
    "dyspnea_worsening",
    "oxygen_decreased",
    "pregnancy_test",
    "pregnant",
    "breastfeeding",
    "contraception",
    "improvement_after_treatment",
    "improvement_treatment_months",
    "got_u_l",
    "gpt_u_l",
    "liver_tests_on",
    "creatinine",
    "myositis_cause_attested",
    "hiv",
    "hiv_on",
    "immunodeficiency",
    "active_notifiable_disease",
    "treatments_complete",
    "ct_reading",
    "oxygen",
    "infection_screen_on",
    "latent_tuberculosis",
    "chronic_hepatitis_b",
    "confirmed",
}
DERIVED = {"consent", "consent_on", "evaluated_on"}


def ok_facts(**one_thing_wrong: Any) -> RescreeningFacts:
    facts = RescreeningFacts(
        state=SubjectState.SCREEN_FAILED, attempts=1, max_rescreens=MOST, reason="New laboratory results"
    )
    return replace(facts, **one_thing_wrong)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        ({"attempts": MOST}, ()),
        ({"attempts": MOST + 1}, ("RSC-LIMIT",)),
        ({"max_rescreens": 0}, ("RSC-LIMIT",)),
        ({"reason": " "}, ("RSC-REASON",)),
        *(({"state": state}, ("RSC-STATE",)) for state in SubjectState if state is not SubjectState.SCREEN_FAILED),
        (
            {"state": SubjectState.WITHDRAWN, "attempts": MOST + 1, "reason": ""},
            ("RSC-STATE", "RSC-LIMIT", "RSC-REASON"),
        ),
    ],
)
def test_who_may_be_screened_again(changes, codes):
    decision = may_rescreen(ok_facts(**changes))
    assert decision.codes == codes
    assert all(reason.source for reason in decision.reasons)


@pytest.mark.parametrize(("attempts", "left"), [(1, MOST), (MOST, 1), (MOST + 1, 0), (MOST + 2, 0)])
def test_how_many_attempts_are_left(attempts, left):
    assert ok_facts(attempts=attempts).left == left


def test_every_fact_is_carried_over_or_asked_again():
    """A fact that is new is put on one side or the other, here and on purpose."""
    assert set(ScreeningInput.model_fields) == DURABLE_KEYS | ASKED_AGAIN | DERIVED | INTERVIEW_KEYS
    assert not DURABLE_KEYS & (ASKED_AGAIN | DERIVED | INTERVIEW_KEYS)


def test_durable_facts_are_carried_over_as_they_were():
    facts = eligible_woman(EVALUATED_ON)
    carried = carried_facts(facts, interviews={})
    assert carried == {key: facts[key] for key in DURABLE_KEYS & facts.keys()}
    assert {"birth_date", "sex", "ctd", "overlap_started_on", "fvc_reference_l"} <= carried.keys()
    assert not {"got_u_l", "hiv", "pft_current_on", "fvc_current_l", "ct_enlarged"} & carried.keys()


def test_of_the_interviews_only_those_in_force_are_carried_over():
    facts = eligible_man(EVALUATED_ON)
    assert not INTERVIEW_KEYS & carried_facts(facts, interviews={}).keys()
    in_force = {"family_support_investigator": True}
    assert carried_facts(facts, interviews=in_force)["family_support_investigator"] is True
    assert "family_support_social_worker" not in carried_facts(facts, interviews=in_force)


@pytest.mark.parametrize("statement", ["immunosuppressant_attested", "dlco_same_correction"])
def test_a_no_to_what_counts_as_yes_is_not_lost(statement):
    assert carried_facts({statement: False}, interviews={}) == {statement: False}


def test_nothing_that_is_carried_over_settles_a_criterion_that_expires():
    """A long time later no result of the failed attempt can make anybody eligible."""
    document = carried_facts(eligible_man(EVALUATED_ON), interviews={}) | {
        "evaluated_on": (EVALUATED_ON + timedelta(days=400)).isoformat(),
        "consent_on": EVALUATED_ON.isoformat(),
        "consent": {"status": "signed", "version_approved": True, "before_procedures": True},
    }
    verdict = evaluate(facts_from_document(document, definition=DEFINITION), parameters=DEFINITION.eligibility)
    undecided = {each.code for each in verdict.criteria if each.result is Verdict.UNKNOWN}
    assert {Criterion.I3, Criterion.I5, Criterion.X2, Criterion.X4, Criterion.X5} <= undecided
