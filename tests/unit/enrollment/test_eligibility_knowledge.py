"""Knowing more never turns a decided criterion round, and touches only the criteria that use what became known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.rules.eligibility import Criterion, EligibilityVerdict, Overall, evaluate
from enrollment.rules.facts import (
    ChildbearingReason,
    ConsentFacts,
    ConsentStanding,
    Contraception,
    ContraceptionMethod,
    Creatinine,
    CtdDiagnosis,
    Diagnosis,
    HivResult,
    PregnancyTest,
    PregnancyTestResult,
    ScreeningFacts,
    Sex,
)
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import EVALUATED_ON, PARAMETERS
from trial.rules.partial_dates import PartialDate
from trial.rules.units import CreatinineUnit, DlcoUnit

days = st.integers(min_value=-1000, max_value=10).map(lambda offset: EVALUATED_ON + timedelta(days=offset))
flags = st.booleans()
partial_dates = st.one_of(
    st.builds(PartialDate, st.integers(1935, 2010)),
    st.builds(PartialDate, st.integers(1935, 2010), st.integers(1, 12)),
    st.builds(PartialDate, st.integers(1935, 2010), st.integers(1, 12), st.integers(1, 28)),
)
diagnoses = st.lists(
    st.builds(CtdDiagnosis, st.sampled_from(Diagnosis), st.none() | flags, st.none() | flags), max_size=2
)


def decimals(low: str, high: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=low, max_value=high, places=2)


KNOWN: dict[str, st.SearchStrategy[object]] = {
    "consent_on": days,
    "evaluated_on": st.just(EVALUATED_ON),
    "planned_first_infusion_on": st.integers(0, 40).map(lambda offset: EVALUATED_ON + timedelta(days=offset)),
    "birth_date": partial_dates,
    "sex": st.sampled_from(Sex),
    "childbearing_potential": flags,
    "childbearing_reason": st.sampled_from(ChildbearingReason),
    "last_menses_on": st.builds(PartialDate, st.integers(2019, 2024), st.integers(1, 8)),
    "ctd": diagnoses.map(tuple),
    "overlap_started_on": days,
    "overlap_ended_on": days,
    "pathway_b_overlap_started_on": days,
    "steroid_drug": st.sampled_from(["prednisolone", "methylprednisolone", "budesonide"]),
    "steroid_mg_per_day": decimals("1", "120"),
    "weight_kg": decimals("40", "90"),
    "fvc_reference_l": decimals("1.5", "3"),
    "fvc_current_l": decimals("1.3", "3"),
    "pft_reference_on": days,
    "pft_current_on": days,
    "dlco_reference": decimals("10", "20"),
    "dlco_current": decimals("8", "20"),
    "dlco_unit": st.sampled_from(DlcoUnit),
    "ct_enlarged": flags,
    "ct_reference_on": days,
    "ct_current_on": days,
    "symptom_onset_on": days,
    "dyspnea_worsening": flags,
    "oxygen_decreased": flags,
    "family_support_investigator": flags,
    "family_support_social_worker": flags,
    "pregnancy_test": st.builds(PregnancyTest, st.none() | st.sampled_from(PregnancyTestResult), st.none() | days),
    "pregnant": flags,
    "breastfeeding": flags,
    "contraception": st.builds(
        Contraception, st.none() | flags, st.none() | st.sampled_from(ContraceptionMethod), st.none() | days
    ),
    "consent": st.builds(
        ConsentFacts, st.none() | st.sampled_from(ConsentStanding), st.none() | flags, st.none() | flags
    ),
    "improvement_after_treatment": flags,
    "improvement_treatment_months": decimals("0", "40"),
    "got_u_l": decimals("10", "120"),
    "gpt_u_l": decimals("10", "120"),
    "liver_tests_on": days,
    "creatinine": st.builds(
        Creatinine, st.none() | decimals("0.5", "2"), st.none() | st.sampled_from(CreatinineUnit), st.none() | days
    ),
    "myositis_cause_attested": flags,
    "hiv": st.sampled_from(HivResult),
    "hiv_on": days,
    "immunodeficiency": flags,
    "active_notifiable_disease": flags,
}

_CHILDBEARING = {"sex", "childbearing_potential", "childbearing_reason", "last_menses_on", "birth_date", "evaluated_on"}
_PREGNANCY_TEST = {"pregnancy_test", "planned_first_infusion_on"}
_PATHWAYS = {
    "evaluated_on", "overlap_started_on", "overlap_ended_on", "pathway_b_overlap_started_on", "steroid_drug",
    "steroid_mg_per_day", "weight_kg", "fvc_reference_l", "fvc_current_l", "pft_reference_on", "pft_current_on",
    "dlco_reference", "dlco_current", "dlco_unit", "ct_enlarged", "ct_reference_on", "ct_current_on",
    "symptom_onset_on", "dyspnea_worsening", "oxygen_decreased",
}  # fmt: skip
_AGE = {"birth_date", "consent_on"}
_IMPROVEMENT = {"improvement_after_treatment", "improvement_treatment_months"}

INPUTS: dict[Criterion, set[str]] = {
    Criterion.I1A: _AGE,
    Criterion.I1B: {"ctd"},
    Criterion.I2: _PATHWAYS,
    Criterion.I3: {"family_support_investigator", "family_support_social_worker"},
    Criterion.I4: _CHILDBEARING | _PREGNANCY_TEST,
    Criterion.I5: _CHILDBEARING | {"contraception", "planned_first_infusion_on"},
    Criterion.X1: {"consent"},
    Criterion.X2A: _AGE,
    Criterion.X2B: _IMPROVEMENT,
    Criterion.X2: _AGE | _IMPROVEMENT,
    Criterion.X3: _CHILDBEARING | _PREGNANCY_TEST | {"pregnant", "breastfeeding", "contraception"},
    Criterion.X4: {
        "evaluated_on", "got_u_l", "gpt_u_l", "liver_tests_on", "creatinine", "ctd", "myositis_cause_attested",
    },
    Criterion.X5: {"evaluated_on", "hiv", "hiv_on", "immunodeficiency", "active_notifiable_disease"},
}  # fmt: skip

PLAIN_KNOWLEDGE = sorted(
    {"birth_date", "consent_on", "ctd", "steroid_drug", "steroid_mg_per_day", "weight_kg", "fvc_reference_l",
     "fvc_current_l", "dlco_reference", "dlco_current", "dlco_unit", "ct_enlarged", "dyspnea_worsening",
     "oxygen_decreased", "family_support_investigator", "family_support_social_worker", "consent",
     "improvement_after_treatment", "improvement_treatment_months", "got_u_l", "gpt_u_l", "creatinine",
     "myositis_cause_attested", "immunodeficiency", "active_notifiable_disease", "symptom_onset_on"}
)  # fmt: skip
"""Where null says nothing at all. A null date of a test says that the test is taken as valid, and after the menopause
breastfeeding that nobody mentions is taken as absent."""

screenings = st.fixed_dictionaries({key: st.none() | value for key, value in KNOWN.items()}).map(
    lambda known: ScreeningFacts(**known)  # type: ignore[arg-type]  # drawn by key
)


def verdict_on(facts: ScreeningFacts) -> EligibilityVerdict:
    return evaluate(facts, parameters=PARAMETERS)


@settings(max_examples=300, deadline=None)
@given(screenings, st.sampled_from(sorted(KNOWN)), st.data())
def test_what_becomes_known_touches_only_the_criteria_that_use_it(
    facts: ScreeningFacts, key: str, data: st.DataObject
) -> None:
    more = replace(facts, **{key: data.draw(KNOWN[key])})
    before, after = verdict_on(facts), verdict_on(more)
    for criterion in Criterion:
        if key not in INPUTS[criterion]:
            assert before.criterion(criterion).result is after.criterion(criterion).result


@settings(max_examples=300, deadline=None)
@given(screenings, st.sampled_from(PLAIN_KNOWLEDGE), st.data())
def test_what_becomes_known_never_turns_a_decision_round(facts: ScreeningFacts, key: str, data: st.DataObject) -> None:
    ignorant = replace(facts, **{key: None})
    before, after = verdict_on(ignorant), verdict_on(replace(facts, **{key: data.draw(KNOWN[key])}))
    for each in before.criteria:
        if each.result is not Verdict.UNKNOWN:
            assert after.criterion(each.code).result is each.result, each.code
    if before.overall is not Overall.PENDING:
        assert after.overall is before.overall


@settings(max_examples=200, deadline=None)
@given(screenings)
def test_a_verdict_is_whole(facts: ScreeningFacts) -> None:
    verdict = verdict_on(facts)
    assert verdict == verdict_on(facts)
    for each in verdict.criteria:
        assert each.reasons
        assert bool(each.needs) is (each.result is Verdict.UNKNOWN)
        assert set(each.needs) <= set(ScreeningFacts.__dataclass_fields__)
    assert (verdict.overall is Overall.INELIGIBLE) is bool(verdict.failing)
    assert (verdict.overall is Overall.PENDING) is (not verdict.failing and bool(verdict.needs))


@settings(max_examples=100, deadline=None)
@given(screenings, diagnoses)
def test_the_order_of_diagnoses_does_not_matter(facts: ScreeningFacts, several: list[CtdDiagnosis]) -> None:
    forwards = verdict_on(replace(facts, ctd=tuple(several)))
    backwards = verdict_on(replace(facts, ctd=tuple(reversed(several))))
    assert [each.result for each in forwards.criteria] == [each.result for each in backwards.criteria]


def test_the_table_of_inputs_names_every_fact() -> None:
    absolute_only = {
        "fvc_reference_pct_pred", "fvc_current_pct_pred", "dlco_reference_pct_pred", "dlco_current_pct_pred",
    }  # fmt: skip
    always = {"immunosuppressant_attested", "dlco_same_correction"}
    named = set().union(*INPUTS.values())
    assert named == set(KNOWN) == set(ScreeningFacts.__dataclass_fields__) - absolute_only - always
