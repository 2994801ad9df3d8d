"""What can be chosen on the screening form, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.rules.criteria_sets import CriteriaSet
from enrollment.rules.facts import (
    ChildbearingReason,
    ContraceptionMethod,
    Diagnosis,
    HivResult,
    PregnancyTestResult,
    Sex,
)
from enrollment.rules.records_document import CtReader, PregnancyTestKind
from enrollment.rules.treatment_records import DrugClass
from trial.rules.units import CreatinineUnit, DlcoUnit

Text = str | Promise
Choices = tuple[tuple[str, Text], ...]

SEX: Choices = ((Sex.FEMALE.value, _("Female")), (Sex.MALE.value, _("Male")))
NO_CHILDBEARING: Choices = (
    (ChildbearingReason.HYSTERECTOMY.value, _("Hysterectomy")),
    (ChildbearingReason.OOPHORECTOMY.value, _("Oophorectomy")),
    (ChildbearingReason.TUBAL_LIGATION.value, _("Tubal ligation")),
    (ChildbearingReason.MENOPAUSE.value, _("Menopause")),
)
PREGNANCY_TEST: Choices = (
    (PregnancyTestResult.NEGATIVE.value, _("Negative")),
    (PregnancyTestResult.POSITIVE.value, _("Positive")),
    (PregnancyTestResult.INVALID.value, _("Invalid")),
)
PREGNANCY_TEST_KIND: Choices = (
    (PregnancyTestKind.URINE.value, _("Urine")),
    (PregnancyTestKind.SERUM.value, _("Serum")),
)
METHOD: Choices = (
    (ContraceptionMethod.ORAL.value, _("Contraceptive pill")),
    (ContraceptionMethod.IUD.value, _("Intrauterine device")),
    (ContraceptionMethod.IMPLANT.value, _("Implant")),
    (ContraceptionMethod.BARRIER.value, _("Barrier")),
    (ContraceptionMethod.STERILISED_PARTNER.value, _("Sterilised partner")),
    (ContraceptionMethod.OTHER.value, _("Other")),
)
HIV: Choices = (
    (HivResult.NEGATIVE.value, _("Negative")),
    (HivResult.REACTIVE.value, _("Reactive, not confirmed")),
    (HivResult.CONFIRMED.value, _("Confirmed positive")),
)
DLCO_UNIT: Choices = tuple((unit.value, unit.value) for unit in DlcoUnit)
CREATININE_UNIT: Choices = tuple((unit.value, unit.value.replace("umol", "µmol")) for unit in CreatinineUnit)
CT_READER: Choices = (
    (CtReader.RADIOLOGIST.value, _("Radiologist")),
    (CtReader.INVESTIGATOR.value, _("Principal investigator")),
)
DRUG_CLASS: Choices = (
    (DrugClass.STEROID.value, _("Steroid")),
    (DrugClass.IMMUNOSUPPRESSANT.value, _("Immunosuppressant")),
)
DIAGNOSES: Choices = (
    (Diagnosis.DM.value, _("Dermatomyositis")),
    (Diagnosis.PM.value, _("Polymyositis")),
    (Diagnosis.IIM.value, _("Other inflammatory myopathy")),
    (Diagnosis.SSC.value, _("Systemic sclerosis (scleroderma)")),
    (Diagnosis.SLE.value, _("Systemic lupus erythematosus")),
    (Diagnosis.RA.value, _("Rheumatoid arthritis")),
    (Diagnosis.SS.value, _("Sjögren's syndrome")),
    (Diagnosis.OTHER.value, _("Other connective tissue disease")),
)
CRITERIA_SETS: Choices = (
    (CriteriaSet.SSC_2013.value, "2013 ACR/EULAR (SSc)"),
    (CriteriaSet.SLE_2019.value, "2019 EULAR/ACR (SLE)"),
    (CriteriaSet.RA_2010.value, "2010 ACR/EULAR (RA)"),
    (CriteriaSet.SS_2016.value, "2016 ACR/EULAR (SS)"),
    (CriteriaSet.IIM_2017.value, "2017 EULAR/ACR (IIM)"),
    (CriteriaSet.OTHER.value, _("Other")),
)
