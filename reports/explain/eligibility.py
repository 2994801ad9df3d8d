"""Explain the eligibility of a participant, criterion by criterion."""

from __future__ import annotations

from enrollment.rules.eligibility import evaluate
from enrollment.rules.facts_document import verdict_document
from enrollment.rules.stored_facts import explained_facts
from trial.protocol.schema import ProtocolDefinition

KEYS_HELP = """\
explain eligibility: every criterion of the protocol on the facts known, and what follows

in (dates are days; "partial" may be 2024, 2024-08 or 2024-08-21; a missing key and null: not known):
  consent_on, evaluated_on, planned_first_infusion_on, birth_date (partial), sex F|M
  childbearing_potential true|false|null, childbearing_reason hysterectomy|oophorectomy|tubal_ligation|menopause
  last_menses_on (partial)
  ctd                   [{diagnosis DM|PM|IIM|SSc|SLE|RA|SS|OTHER, criteria_met, attested}]
  overlap_started_on, overlap_ended_on (null: goes on), pathway_b_overlap_started_on (default: overlap_started_on)
  immunosuppressant_attested (default true), steroid_drug, steroid_mg_per_day (sustained peak), weight_kg
  fvc_reference_l, fvc_current_l, fvc_reference_pct_pred, fvc_current_pct_pred
  dlco_reference, dlco_current, dlco_unit mL/min/mmHg|mmol/min/kPa, dlco_reference_pct_pred, dlco_current_pct_pred
  dlco_same_correction (default true)
  pft_reference_on, pft_current_on, ct_enlarged, ct_reference_on, ct_current_on
  symptom_onset_on, dyspnea_worsening, oxygen_decreased
  family_support_investigator, family_support_social_worker
  pregnancy_test        {result negative|positive|invalid, collected_on}
  pregnant, breastfeeding
  contraception         {agreed, method oral|iud|implant|barrier|sterilised_partner|other, started_on}
  consent               {status signed|refused|not_yet, version_approved, before_procedures}
  improvement_after_treatment, improvement_treatment_months
  got_u_l, gpt_u_l, liver_tests_on, creatinine {value, unit mg/dL|umol/L, collected_on}, myositis_cause_attested
  hiv negative|reactive|confirmed, hiv_on, immunodeficiency, active_notifiable_disease
  treatments            [{drug, drug_class steroid|immunosuppressant (for a drug of no list of the protocol),
                        daily_dose_mg, started_on (partial), ended_on (partial), ongoing, attested}], optional:
                        overlap_*, pathway_b_overlap_started_on, steroid_* and immunosuppressant_attested are worked
                        out from them, and refused where they say something else
  treatments_complete   true: there was no other steroid and no other immunosuppressant
The null date of a test: taken as valid on evaluated_on.

out:
  overall               eligible|ineligible|pending
  criteria              [{code, result met|not_met|unknown|not_applicable, used, reasons, needs}]
                        I1a I1b I2 I3 I4 I5 X1 X2a X2b X2 X3 X4 X5; X2 is the one in force (x2_mode);
                        for an exclusion met means excluded; needs: the keys that would settle an unknown
  pathways              {A, B, C}: the three ways through inclusion 2
"""


def explain(document: object, definition: ProtocolDefinition) -> dict[str, object]:
    """The eligibility of the document's participant under ``definition``. Raises InputProblems."""
    facts = explained_facts(document, definition=definition)
    return verdict_document(evaluate(facts, parameters=definition.eligibility))
