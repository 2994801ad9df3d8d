"""What is known of a participant at screening: the facts that the criteria are evaluated on.

``None`` is what nobody knows yet. A test without its date is taken as valid on the day of evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trial.rules.partial_dates import PartialDate
from trial.rules.units import CreatinineUnit, DlcoUnit


class Sex(StrEnum):
    FEMALE = "F"
    MALE = "M"


class ChildbearingReason(StrEnum):
    """Why a woman cannot become pregnant."""

    HYSTERECTOMY = "hysterectomy"
    OOPHORECTOMY = "oophorectomy"
    TUBAL_LIGATION = "tubal_ligation"
    MENOPAUSE = "menopause"


class Diagnosis(StrEnum):
    """Connective tissue diseases. IIM: inflammatory myopathy in overlap, or other than DM and PM."""

    DM = "DM"
    PM = "PM"
    IIM = "IIM"
    SSC = "SSc"
    SLE = "SLE"
    RA = "RA"
    SS = "SS"
    OTHER = "OTHER"


class PregnancyTestResult(StrEnum):
    NEGATIVE = "negative"
    POSITIVE = "positive"
    INVALID = "invalid"


class ContraceptionMethod(StrEnum):
    ORAL = "oral"
    IUD = "iud"
    IMPLANT = "implant"
    BARRIER = "barrier"
    STERILISED_PARTNER = "sterilised_partner"
    OTHER = "other"


class ConsentStanding(StrEnum):
    SIGNED = "signed"
    REFUSED = "refused"
    NOT_YET = "not_yet"


class HivResult(StrEnum):
    NEGATIVE = "negative"
    REACTIVE = "reactive"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class CtdDiagnosis:
    """A diagnosis, whether its classification criteria are met, and whether the investigator attests it."""

    diagnosis: Diagnosis
    criteria_met: bool | None = None
    attested: bool | None = None


@dataclass(frozen=True, slots=True)
class PregnancyTest:
    """High-sensitivity urine test."""

    result: PregnancyTestResult | None = None
    collected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Contraception:
    """Agreement to contraception during the trial, its method, and since when."""

    agreed: bool | None = None
    method: ContraceptionMethod | None = None
    started_on: date | None = None


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """``version_approved``: the approved version was signed; ``before_procedures``: before any procedure."""

    status: ConsentStanding | None = None
    version_approved: bool | None = None
    before_procedures: bool | None = None


@dataclass(frozen=True, slots=True)
class Creatinine:
    value: Decimal | None = None
    unit: CreatinineUnit | None = None
    collected_on: date | None = None


@dataclass(frozen=True, slots=True)
class ScreeningFacts:
    """One participant's facts; the names are those of the outside contract.

    ``overlap_*``: period in which steroid and potent immunosuppressant were both given; without an end it goes on.
    ``pathway_b_overlap_started_on`` is for a later, rapidly progressive course; else ``overlap_started_on`` counts.
    ``steroid_mg_per_day``: highest sustained dose of ``steroid_drug``; ``weight_kg`` at that time.
    ``fvc_*_l`` in litres, ``dlco_*`` in ``dlco_unit``, ``*_pct_pred`` in per cent of the predicted value.
    ``evaluated_on``: the day for which the criteria are asked.
    """

    consent_on: date | None = None
    evaluated_on: date | None = None
    planned_first_infusion_on: date | None = None
    birth_date: PartialDate | None = None
    sex: Sex | None = None
    childbearing_potential: bool | None = None
    childbearing_reason: ChildbearingReason | None = None
    last_menses_on: PartialDate | None = None
    ctd: tuple[CtdDiagnosis, ...] | None = None
    overlap_started_on: date | None = None
    overlap_ended_on: date | None = None
    pathway_b_overlap_started_on: date | None = None
    immunosuppressant_attested: bool = True
    steroid_drug: str | None = None
    steroid_mg_per_day: Decimal | None = None
    weight_kg: Decimal | None = None
    fvc_reference_l: Decimal | None = None
    fvc_current_l: Decimal | None = None
    fvc_reference_pct_pred: Decimal | None = None
    fvc_current_pct_pred: Decimal | None = None
    pft_reference_on: date | None = None
    pft_current_on: date | None = None
    dlco_reference: Decimal | None = None
    dlco_current: Decimal | None = None
    dlco_reference_pct_pred: Decimal | None = None
    dlco_current_pct_pred: Decimal | None = None
    dlco_unit: DlcoUnit | None = None
    dlco_same_correction: bool = True
    ct_enlarged: bool | None = None
    ct_reference_on: date | None = None
    ct_current_on: date | None = None
    symptom_onset_on: date | None = None
    dyspnea_worsening: bool | None = None
    oxygen_decreased: bool | None = None
    family_support_investigator: bool | None = None
    family_support_social_worker: bool | None = None
    pregnancy_test: PregnancyTest | None = None
    pregnant: bool | None = None
    breastfeeding: bool | None = None
    contraception: Contraception | None = None
    consent: ConsentFacts | None = None
    improvement_after_treatment: bool | None = None
    improvement_treatment_months: Decimal | None = None
    got_u_l: Decimal | None = None
    gpt_u_l: Decimal | None = None
    liver_tests_on: date | None = None
    creatinine: Creatinine | None = None
    myositis_cause_attested: bool | None = None
    hiv: HivResult | None = None
    hiv_on: date | None = None
    immunodeficiency: bool | None = None
    active_notifiable_disease: bool | None = None
