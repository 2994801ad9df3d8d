"""A participant who may be enrolled, from whom a test breaks one thing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from enrollment.rules.eligibility import Criterion, EligibilityVerdict, evaluate
from enrollment.rules.facts import (
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
from trial.protocol.loading import shipped_definition
from trial.rules.partial_dates import PartialDate
from trial.rules.units import CreatinineUnit, DlcoUnit

PARAMETERS = shipped_definition().eligibility
EVALUATED_ON = date(2024, 8, 20)

WOMAN_34 = {
    "sex": Sex.FEMALE,
    "birth_date": PartialDate(1990, 3, 14),
    "childbearing_potential": True,
    "planned_first_infusion_on": date(2024, 8, 27),
    "pregnancy_test": PregnancyTest(PregnancyTestResult.NEGATIVE, date(2024, 8, 20)),
    "pregnant": False,
    "breastfeeding": False,
    "contraception": Contraception(True, ContraceptionMethod.ORAL, date(2024, 5, 1)),
}


def ok_screening_facts(**changes: Any) -> ScreeningFacts:
    """A man of 60 with systemic sclerosis on pathway A: FVC declined by 12 %, nothing on CT, no recent symptoms."""
    facts = ScreeningFacts(
        consent_on=date(2024, 8, 13),
        evaluated_on=EVALUATED_ON,
        birth_date=PartialDate(1964, 5, 2),
        sex=Sex.MALE,
        ctd=(CtdDiagnosis(Diagnosis.SSC, True, True),),
        overlap_started_on=date(2022, 1, 10),
        steroid_drug="prednisolone",
        steroid_mg_per_day=Decimal("10"),
        weight_kg=Decimal("60"),
        fvc_reference_l=Decimal("2.50"),
        fvc_current_l=Decimal("2.20"),
        dlco_reference=Decimal("15.0"),
        dlco_current=Decimal("15.0"),
        dlco_unit=DlcoUnit.ML_MIN_MMHG,
        ct_enlarged=False,
        symptom_onset_on=date(2021, 6, 1),
        dyspnea_worsening=False,
        oxygen_decreased=False,
        family_support_investigator=True,
        family_support_social_worker=True,
        contraception=Contraception(agreed=True),
        consent=ConsentFacts(ConsentStanding.SIGNED, True, True),
        improvement_after_treatment=False,
        improvement_treatment_months=Decimal("30"),
        got_u_l=Decimal("25"),
        gpt_u_l=Decimal("30"),
        liver_tests_on=EVALUATED_ON,
        creatinine=Creatinine(Decimal("0.9"), CreatinineUnit.MG_PER_DL, EVALUATED_ON),
        hiv=HivResult.NEGATIVE,
        hiv_on=date(2024, 8, 13),
        immunodeficiency=False,
        active_notifiable_disease=False,
    )
    return replace(facts, **changes)


def judged(parameters: dict[str, object] | None = None, **changes: Any) -> EligibilityVerdict:
    """The verdict on the participant above with these changes, under the shipped parameters with these overrides."""
    return evaluate(ok_screening_facts(**changes), parameters=PARAMETERS.model_copy(update=parameters or {}))


def result(code: Criterion, parameters: dict[str, object] | None = None, **changes: Any) -> Verdict:
    return judged(parameters, **changes).criterion(code).result
