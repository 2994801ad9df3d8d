"""The facts of screening as a form asks for them: in the order in which a coordinator works, each with label and unit.

The keys are those of the eligibility contract; ``creatinine.value`` is a key inside another. No range stands here:
the contract is read in one place only (``enrollment.rules.facts_document``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.rules.facts import (
    ChildbearingReason,
    ContraceptionMethod,
    Diagnosis,
    HivResult,
    PregnancyTestResult,
    Sex,
)
from trial.rules.units import CreatinineUnit, DlcoUnit

Text = str | Promise


class Kind(StrEnum):
    DAY = "day"
    PARTIAL = "partial"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    DRUG = "drug"


@dataclass(frozen=True, slots=True)
class Fact:
    key: str
    label: Text
    kind: Kind
    unit: Text = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class FactGroup:
    code: str
    legend: Text
    facts: tuple[Fact, ...] = field(default=())


_PARTIAL = _("As exactly as it is known: 1968-05-14, 1968-05 or 1968.")
_SEX = ((Sex.FEMALE.value, _("Female")), (Sex.MALE.value, _("Male")))
_NO_CHILDBEARING = (
    (ChildbearingReason.HYSTERECTOMY.value, _("Hysterectomy")),
    (ChildbearingReason.OOPHORECTOMY.value, _("Oophorectomy")),
    (ChildbearingReason.TUBAL_LIGATION.value, _("Tubal ligation")),
    (ChildbearingReason.MENOPAUSE.value, _("Menopause")),
)
_PREGNANCY_TEST = (
    (PregnancyTestResult.NEGATIVE.value, _("Negative")),
    (PregnancyTestResult.POSITIVE.value, _("Positive")),
    (PregnancyTestResult.INVALID.value, _("Invalid")),
)
_METHOD = (
    (ContraceptionMethod.ORAL.value, _("Contraceptive pill")),
    (ContraceptionMethod.IUD.value, _("Intrauterine device")),
    (ContraceptionMethod.IMPLANT.value, _("Implant")),
    (ContraceptionMethod.BARRIER.value, _("Barrier")),
    (ContraceptionMethod.STERILISED_PARTNER.value, _("Sterilised partner")),
    (ContraceptionMethod.OTHER.value, _("Other")),
)
_HIV = (
    (HivResult.NEGATIVE.value, _("Negative")),
    (HivResult.REACTIVE.value, _("Reactive, not confirmed")),
    (HivResult.CONFIRMED.value, _("Confirmed positive")),
)
_DLCO_UNIT = tuple((unit.value, unit.value) for unit in DlcoUnit)
_CREATININE_UNIT = tuple((unit.value, unit.value.replace("umol", "µmol")) for unit in CreatinineUnit)

DIAGNOSES: tuple[tuple[str, Text], ...] = (
    (Diagnosis.DM.value, _("Dermatomyositis")),
    (Diagnosis.PM.value, _("Polymyositis")),
    (Diagnosis.IIM.value, _("Other inflammatory myopathy")),
    (Diagnosis.SSC.value, _("Systemic sclerosis (scleroderma)")),
    (Diagnosis.SLE.value, _("Systemic lupus erythematosus")),
    (Diagnosis.RA.value, _("Rheumatoid arthritis")),
    (Diagnosis.SS.value, _("Sjögren's syndrome")),
    (Diagnosis.OTHER.value, _("Other connective tissue disease")),
)

# The diagnoses themselves are a list of any length and are asked for as rows of their own.
DIAGNOSIS_GROUP = "diagnosis"

GROUPS: tuple[FactGroup, ...] = (
    FactGroup(
        "demography",
        _("Demography"),
        (
            Fact("birth_date", _("Date of birth"), Kind.PARTIAL, help=_PARTIAL),
            Fact("sex", _("Sex"), Kind.CHOICE, choices=_SEX),
            Fact(
                "planned_first_infusion_on",
                _("First infusion planned for"),
                Kind.DAY,
                help=_("The age of the pregnancy test and the lead of contraception count from it."),
            ),
        ),
    ),
    FactGroup(DIAGNOSIS_GROUP, _("Connective tissue disease")),
    FactGroup(
        "treatment",
        _("Treatment"),
        (
            Fact("overlap_started_on", _("Steroid and immunosuppressant together since"), Kind.DAY),
            Fact("overlap_ended_on", _("Together until"), Kind.DAY, help=_("Empty: still together.")),
            Fact(
                "pathway_b_overlap_started_on",
                _("Rapidly progressive course: together since"),
                Kind.DAY,
                help=_("Only if it differs from the date above."),
            ),
            Fact(
                "immunosuppressant_attested",
                _("Immunosuppressant counts as potent"),
                Kind.FLAG,
                help=_("Empty counts as yes; no waits for the investigator."),
            ),
            Fact("steroid_drug", _("Steroid"), Kind.DRUG),
            Fact("steroid_mg_per_day", _("Highest sustained dose"), Kind.NUMBER, unit=_("mg/day")),
            Fact("weight_kg", _("Body weight at that time"), Kind.NUMBER, unit="kg"),
            Fact(
                "improvement_after_treatment",
                _("Lung function or CT improved under it"),
                Kind.FLAG,
                help=_("Decided by the principal investigator."),
            ),
            Fact("improvement_treatment_months", _("Judged after"), Kind.NUMBER, unit=_("months")),
        ),
    ),
    FactGroup(
        "lung_function",
        _("Lung function"),
        (
            Fact("pft_reference_on", _("Reference test on"), Kind.DAY),
            Fact("pft_current_on", _("Current test on"), Kind.DAY),
            Fact("fvc_reference_l", _("FVC, reference"), Kind.NUMBER, unit="L"),
            Fact("fvc_current_l", _("FVC, current"), Kind.NUMBER, unit="L"),
            Fact("fvc_reference_pct_pred", _("FVC, reference"), Kind.NUMBER, unit=_("% predicted")),
            Fact("fvc_current_pct_pred", _("FVC, current"), Kind.NUMBER, unit=_("% predicted")),
            Fact("dlco_reference", _("DLCO, reference"), Kind.NUMBER),
            Fact("dlco_current", _("DLCO, current"), Kind.NUMBER),
            Fact("dlco_reference_pct_pred", _("DLCO, reference"), Kind.NUMBER, unit=_("% predicted")),
            Fact("dlco_current_pct_pred", _("DLCO, current"), Kind.NUMBER, unit=_("% predicted")),
            Fact("dlco_unit", _("Unit of both DLCO values"), Kind.CHOICE, choices=_DLCO_UNIT),
            Fact(
                "dlco_same_correction",
                _("Same haemoglobin correction"),
                Kind.FLAG,
                help=_("Empty counts as yes."),
            ),
        ),
    ),
    FactGroup(
        "ct",
        _("CT"),
        (
            Fact("ct_enlarged", _("Lung lesions enlarged"), Kind.FLAG, help=_("Empty: not read, or not assessable.")),
            Fact("ct_reference_on", _("Reference CT on"), Kind.DAY),
            Fact("ct_current_on", _("Current CT on"), Kind.DAY),
        ),
    ),
    FactGroup(
        "symptoms",
        _("Symptoms"),
        (
            Fact("symptom_onset_on", _("Lung symptoms since"), Kind.DAY),
            Fact("dyspnea_worsening", _("Dyspnea gradually worsening"), Kind.FLAG),
            Fact("oxygen_decreased", _("Blood oxygen decreased"), Kind.FLAG),
        ),
    ),
    FactGroup(
        "family",
        _("Family support"),
        (
            Fact("family_support_investigator", _("Confirmed by the principal investigator"), Kind.FLAG),
            Fact("family_support_social_worker", _("Confirmed by the social worker"), Kind.FLAG),
        ),
    ),
    FactGroup(
        "pregnancy",
        _("Pregnancy and contraception"),
        (
            Fact("childbearing_potential", _("Childbearing potential"), Kind.FLAG),
            Fact("childbearing_reason", _("If not, because of"), Kind.CHOICE, choices=_NO_CHILDBEARING),
            Fact("last_menses_on", _("Last menses"), Kind.PARTIAL, help=_("2018-05-14, 2018-05 or 2018.")),
            Fact("pregnancy_test.result", _("Pregnancy test (urine)"), Kind.CHOICE, choices=_PREGNANCY_TEST),
            Fact("pregnancy_test.collected_on", _("Pregnancy test on"), Kind.DAY),
            Fact("pregnant", _("Pregnant"), Kind.FLAG),
            Fact("breastfeeding", _("Breastfeeding"), Kind.FLAG),
            Fact("contraception.agreed", _("Agrees to contraception during the trial"), Kind.FLAG),
            Fact("contraception.method", _("Method of contraception"), Kind.CHOICE, choices=_METHOD),
            Fact("contraception.started_on", _("Contraception since"), Kind.DAY),
        ),
    ),
    FactGroup(
        "laboratory",
        _("Laboratory"),
        (
            Fact("got_u_l", "GOT (AST)", Kind.NUMBER, unit="U/L"),
            Fact("gpt_u_l", "GPT (ALT)", Kind.NUMBER, unit="U/L"),
            Fact("liver_tests_on", _("Liver tests on"), Kind.DAY),
            Fact(
                "myositis_cause_attested",
                _("Raised because of inflammatory myopathy"),
                Kind.FLAG,
                help=_("Attested by the principal investigator."),
            ),
            Fact("creatinine.value", _("Creatinine"), Kind.NUMBER),
            Fact("creatinine.unit", _("Unit of creatinine"), Kind.CHOICE, choices=_CREATININE_UNIT),
            Fact("creatinine.collected_on", _("Creatinine on"), Kind.DAY),
        ),
    ),
    FactGroup(
        "infection",
        _("Infection and immunity"),
        (
            Fact("hiv", _("HIV test"), Kind.CHOICE, choices=_HIV),
            Fact("hiv_on", _("HIV test on"), Kind.DAY),
            Fact("immunodeficiency", _("Immune deficiency"), Kind.FLAG),
            Fact("active_notifiable_disease", _("Active notifiable infectious disease"), Kind.FLAG),
        ),
    ),
)

FACTS: dict[str, Fact] = {fact.key: fact for group in GROUPS for fact in group.facts}

# What is not typed here: taken from other records, or worked out by the rules.
_OTHER_LABELS: dict[str, Text] = {
    "ctd": _("Connective tissue disease"),
    "consent": _("Informed consent"),
    "consent_on": _("Consent given on"),
    "evaluated_on": _("Evaluated on"),
    "pregnancy_test": _("Pregnancy test (urine)"),
    "contraception": _("Contraception"),
    "creatinine": _("Creatinine"),
    "creatinine_unit": _("Unit of creatinine"),
    "creatinine_mg_dl": _("Creatinine in mg/dL"),
    "age_years": _("Age in years"),
    "fvc_decline": _("FVC decline"),
    "dlco_decline": _("DLCO decline"),
    "prednisolone_mg_per_kg": _("Prednisolone equivalent in mg/kg/day"),
}


def fact_label(key: str) -> Text:
    """The label of a fact or of a value worked out from facts, with the unit where the label alone could be two."""
    fact = FACTS.get(key)
    if fact is None:
        return _OTHER_LABELS.get(key, key)
    return f"{fact.label} ({fact.unit})" if fact.unit else fact.label


def field_name(key: str) -> str:
    """``creatinine.value`` and ``ctd[0].attested`` as names of form fields."""
    return key.replace("[", "__").replace("]", "").replace(".", "__")


def first_field(key: str) -> str:
    """Where to go to enter a fact that a rule waits for; empty for facts that are not entered here."""
    if key == "ctd":
        return field_name("ctd[0].diagnosis")
    found = next((each for each in FACTS if each == key or each.startswith(f"{key}.")), "")
    return field_name(found)
