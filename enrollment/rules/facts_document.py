"""The document form of screening facts: the keys of the outside contract, read strictly; and of the verdict.

The screening page, the HTTP API, the stored facts and ``explain eligibility`` all pass through here. What is recorded
behind a fact (treatments, criteria sets, who read a CT) is read by ``records_document``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from enrollment.rules.eligibility import CriterionResult, EligibilityVerdict
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
from trial.documents.parsing import Day, Flag, InputModel, Number, PartialDay, Text, parse
from trial.documents.rendering import plain_mapping
from trial.protocol.schema import ProtocolDefinition
from trial.rules.units import CreatinineUnit, DlcoUnit


def _read_unit(value: object) -> object:
    """Units as people write them: letters of either case, and the sign for micro."""
    if not isinstance(value, str):
        return value
    written = value.replace("µ", "u").replace("μ", "u").casefold()
    return next((unit for unit in (*CreatinineUnit, *DlcoUnit) if unit.casefold() == written), value)


AboveZero = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Named = Annotated[Text, Field(min_length=1, max_length=64)]


class CtdInput(InputModel):
    diagnosis: Diagnosis
    criteria_met: Flag | None = None
    attested: Flag | None = None


class PregnancyTestInput(InputModel):
    result: PregnancyTestResult | None = None
    collected_on: Day | None = None


class ContraceptionInput(InputModel):
    agreed: Flag | None = None
    method: ContraceptionMethod | None = None
    started_on: Day | None = None


class ConsentInput(InputModel):
    status: ConsentStanding | None = None
    version_approved: Flag | None = None
    before_procedures: Flag | None = None


class CreatinineInput(InputModel):
    value: AboveZero | None = None
    unit: Annotated[CreatinineUnit, BeforeValidator(_read_unit)] | None = None
    collected_on: Day | None = None


class EligibilityInput(InputModel):
    consent_on: Day | None = None
    evaluated_on: Day | None = None
    planned_first_infusion_on: Day | None = None
    birth_date: PartialDay | None = None
    sex: Sex | None = None
    childbearing_potential: Flag | None = None
    childbearing_reason: ChildbearingReason | None = None
    last_menses_on: PartialDay | None = None
    ctd: tuple[CtdInput, ...] | None = None
    overlap_started_on: Day | None = None
    overlap_ended_on: Day | None = None
    pathway_b_overlap_started_on: Day | None = None
    immunosuppressant_attested: Flag | None = None
    steroid_drug: Named | None = None
    steroid_mg_per_day: NotNegative | None = None
    weight_kg: AboveZero | None = None
    fvc_reference_l: AboveZero | None = None
    fvc_current_l: AboveZero | None = None
    fvc_reference_pct_pred: AboveZero | None = None
    fvc_current_pct_pred: AboveZero | None = None
    pft_reference_on: Day | None = None
    pft_current_on: Day | None = None
    dlco_reference: AboveZero | None = None
    dlco_current: AboveZero | None = None
    dlco_reference_pct_pred: AboveZero | None = None
    dlco_current_pct_pred: AboveZero | None = None
    dlco_unit: Annotated[DlcoUnit, BeforeValidator(_read_unit)] | None = None
    dlco_same_correction: Flag | None = None
    ct_enlarged: Flag | None = None
    ct_reference_on: Day | None = None
    ct_current_on: Day | None = None
    symptom_onset_on: Day | None = None
    dyspnea_worsening: Flag | None = None
    oxygen_decreased: Flag | None = None
    family_support_investigator: Flag | None = None
    family_support_social_worker: Flag | None = None
    pregnancy_test: PregnancyTestInput | None = None
    pregnant: Flag | None = None
    breastfeeding: Flag | None = None
    contraception: ContraceptionInput | None = None
    consent: ConsentInput | None = None
    improvement_after_treatment: Flag | None = None
    improvement_treatment_months: NotNegative | None = None
    got_u_l: NotNegative | None = None
    gpt_u_l: NotNegative | None = None
    liver_tests_on: Day | None = None
    creatinine: CreatinineInput | None = None
    myositis_cause_attested: Flag | None = None
    hiv: HivResult | None = None
    hiv_on: Day | None = None
    immunodeficiency: Flag | None = None
    active_notifiable_disease: Flag | None = None

    def facts(self) -> ScreeningFacts:
        """The same keys as the rule knows them; the two statements that are true by default are so here too."""
        nested = {"ctd", "pregnancy_test", "contraception", "consent", "creatinine"}
        plain = {name: getattr(self, name) for name in type(self).model_fields if name not in nested}
        for name in ("immunosuppressant_attested", "dlco_same_correction"):
            plain[name] = plain[name] is not False
        return ScreeningFacts(
            **plain,
            ctd=None if self.ctd is None else tuple(CtdDiagnosis(**dict(each)) for each in self.ctd),
            pregnancy_test=PregnancyTest(**dict(self.pregnancy_test)) if self.pregnancy_test else None,
            contraception=Contraception(**dict(self.contraception)) if self.contraception else None,
            consent=ConsentFacts(**dict(self.consent)) if self.consent else None,
            creatinine=Creatinine(**dict(self.creatinine)) if self.creatinine else None,
        )


def facts_from_document(document: object, *, definition: ProtocolDefinition) -> ScreeningFacts:
    """The facts of a document. Raises ``InputProblems`` that name every wrong key."""
    return parse(EligibilityInput, document, definition=definition).facts()


def verdict_document(verdict: EligibilityVerdict) -> dict[str, Any]:
    """The verdict in the form of the outside contract, plain JSON values only."""
    return plain_mapping(
        {
            "overall": verdict.overall,
            "criteria": [_row(each) for each in verdict.criteria],
            "pathways": verdict.pathways,
        }
    )


def _row(each: CriterionResult) -> dict[str, object]:
    return {
        "code": each.code,
        "result": each.result,
        "used": each.used,
        "reasons": each.reasons,
        "needs": each.needs,
    }
