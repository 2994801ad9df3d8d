"""The facts of screening as a form asks for them: in the order in which a coordinator works, each with label and unit.

The keys are those of the document that is kept. No range stands here: a document is read in one place only
(``enrollment.rules.stored_facts``). Family support is not asked for: signed interviews say it.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from enrollment.forms import screening_choices as choices
from enrollment.forms.screening_fact import Fact, FactGroup, Kind

SUPPORT_GROUP = "family"

GROUPS: tuple[FactGroup, ...] = (
    FactGroup(
        "demography",
        _("Demography"),
        (
            Fact(
                "birth_date",
                _("Date of birth"),
                Kind.PARTIAL,
                help=_("As exactly as it is known: 1970-01-31, 1970-01 or 1970."),
            ),
            Fact("sex", _("Sex"), Kind.CHOICE, choices=choices.SEX),
            Fact(
                "planned_first_infusion_on",
                _("First infusion planned for"),
                Kind.DAY,
                help=_("The age of the pregnancy test and the lead of contraception count from it."),
            ),
        ),
    ),
    FactGroup("diagnosis", _("Connective tissue disease"), rows="ctd"),
    FactGroup(
        "treatment",
        _("Treatment"),
        (
            Fact("weight_kg", _("Body weight at the highest dose"), Kind.NUMBER, unit="kg"),
            Fact(
                "improvement_after_treatment",
                _("Lung function or CT improved under it"),
                Kind.FLAG,
                help=_("Decided by the principal investigator."),
            ),
            Fact("improvement_treatment_months", _("Judged after"), Kind.NUMBER, unit=_("months")),
        ),
        rows="treatments",
        instead=(
            Fact("overlap_started_on", _("Steroid and immunosuppressant together since"), Kind.DAY),
            Fact("overlap_ended_on", _("Together until"), Kind.DAY, help=_("Empty: still together.")),
            Fact(
                "pathway_b_overlap_started_on",
                _("Rapidly progressive course: together since"),
                Kind.DAY,
                help=_("Only if it differs from the first date."),
            ),
            Fact(
                "immunosuppressant_attested",
                _("Immunosuppressant counts as potent"),
                Kind.FLAG,
                help=_("Empty counts as yes; no waits for the investigator."),
            ),
            Fact("steroid_drug", _("Steroid"), Kind.DRUG),
            Fact("steroid_mg_per_day", _("Highest sustained dose"), Kind.NUMBER, unit=_("mg/day")),
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
            Fact("dlco_unit", _("Unit of both DLCO values"), Kind.CHOICE, choices=choices.DLCO_UNIT),
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
            Fact("ct_reference_on", _("Reference CT on"), Kind.DAY),
            Fact("ct_current_on", _("Current CT on"), Kind.DAY),
            Fact("ct_reading.read_by", _("Read by"), Kind.CHOICE, choices=choices.CT_READER),
            Fact("ct_enlarged", _("Lung lesions enlarged"), Kind.FLAG, help=_("Empty: not read, or not assessable.")),
            Fact("ct_reading.improved", _("Lung lesions improved"), Kind.FLAG),
        ),
    ),
    FactGroup(
        "symptoms",
        _("Symptoms and blood oxygen"),
        (
            Fact("symptom_onset_on", _("Lung symptoms since"), Kind.DAY),
            Fact("dyspnea_worsening", _("Dyspnea gradually worsening"), Kind.FLAG),
            Fact("oxygen.spo2_percent", _("SpO₂ at rest, room air"), Kind.NUMBER, unit="%"),
            Fact("oxygen.spo2_before_percent", _("SpO₂ before"), Kind.NUMBER, unit="%"),
            Fact("oxygen.pao2_mmhg", _("PaO₂"), Kind.NUMBER, unit="mmHg"),
            Fact("oxygen.new_need", _("Oxygen new or increased"), Kind.FLAG),
            Fact(
                "oxygen_decreased",
                _("Blood oxygen decreased"),
                Kind.FLAG,
                help=_("Attested by the investigator, where no measurement shows it."),
            ),
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
            Fact("creatinine.unit", _("Unit of creatinine"), Kind.CHOICE, choices=choices.CREATININE_UNIT),
            Fact("creatinine.collected_on", _("Creatinine on"), Kind.DAY),
        ),
    ),
    FactGroup(
        "pregnancy",
        _("Pregnancy and contraception"),
        (
            Fact("childbearing_potential", _("Childbearing potential"), Kind.FLAG),
            Fact("childbearing_reason", _("If not, because of"), Kind.CHOICE, choices=choices.NO_CHILDBEARING),
            Fact("last_menses_on", _("Last menses"), Kind.PARTIAL, help=_("2018-05-14, 2018-05 or 2018.")),
            Fact("pregnancy_test.result", _("Pregnancy test"), Kind.CHOICE, choices=choices.PREGNANCY_TEST),
            Fact("pregnancy_test.collected_on", _("Pregnancy test on"), Kind.DAY),
            Fact(
                "pregnancy_test.kind",
                _("Kind of test"),
                Kind.CHOICE,
                help=_("Empty: urine."),
                choices=choices.PREGNANCY_TEST_KIND,
            ),
            Fact(
                "pregnancy_test.sensitivity_miu_ml",
                _("Sensitivity"),
                Kind.NUMBER,
                unit="mIU/mL",
                help=_("Empty: high sensitivity."),
            ),
            Fact("pregnant", _("Pregnant"), Kind.FLAG),
            Fact("breastfeeding", _("Breastfeeding"), Kind.FLAG),
            Fact("contraception.agreed", _("Agrees to contraception during the trial"), Kind.FLAG),
            Fact("contraception.method", _("Method of contraception"), Kind.CHOICE, choices=choices.METHOD),
            Fact("contraception.started_on", _("Contraception since"), Kind.DAY),
        ),
    ),
    FactGroup(SUPPORT_GROUP, _("Family support")),
    FactGroup(
        "infection",
        _("Infection and immunity"),
        (
            Fact("hiv", _("HIV test"), Kind.CHOICE, choices=choices.HIV),
            Fact("hiv_on", _("HIV test on"), Kind.DAY),
            Fact("immunodeficiency", _("Immune deficiency"), Kind.FLAG, help=_("Other than from treatment.")),
            Fact("active_notifiable_disease", _("Active notifiable infectious disease"), Kind.FLAG),
            Fact("infection_screen_on", _("Hepatitis and tuberculosis screened on"), Kind.DAY),
            Fact("latent_tuberculosis", _("Latent tuberculosis"), Kind.FLAG, help=_("Pointed out; excludes nobody.")),
            Fact("chronic_hepatitis_b", _("Chronic hepatitis B"), Kind.FLAG, help=_("Pointed out; excludes nobody.")),
        ),
    ),
)

FACTS: dict[str, Fact] = {fact.key: fact for group in GROUPS for fact in (*group.facts, *group.instead)}
