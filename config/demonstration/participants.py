"""Participants whose screening facts are plausible for connective tissue disease with interstitial lung disease.

Everything here is invented. The facts use the keys of the eligibility contract; days count back from consent.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Facts = dict[str, Any]


def eligible_woman(consent_on: date, *, birth_year: int = 1968, diagnosis: str = "SSc") -> Facts:
    """Refractory progressive disease (pathway A), past the menopause: no pregnancy test applies."""
    return {
        "birth_date": f"{birth_year}-05-14",
        "sex": "F",
        "childbearing_potential": False,
        "childbearing_reason": "menopause",
        "last_menses_on": f"{birth_year + 50}-02",
        "ctd": [{"diagnosis": diagnosis, "criteria_met": True, "attested": True}],
        **_progressive(consent_on),
        **_safe(consent_on),
        "contraception": {"agreed": True},
    }


def eligible_man(consent_on: date, *, birth_year: int = 1961, diagnosis: str = "RA") -> Facts:
    return {
        "birth_date": f"{birth_year}-11-02",
        "sex": "M",
        "ctd": [{"diagnosis": diagnosis, "criteria_met": True, "attested": True}],
        **_progressive(consent_on),
        **_safe(consent_on),
        "contraception": {"agreed": True},
    }


def raised_liver_enzymes(consent_on: date) -> Facts:
    """Fails exclusion 4: GOT 96 U/L without a myositis that would explain it."""
    return liver_enzymes_normal_again(consent_on) | {"got_u_l": "96"}


def liver_enzymes_normal_again(consent_on: date) -> Facts:
    """The same man when the enzymes have come down."""
    return eligible_man(consent_on, birth_year=1955)


def missing_creatinine(consent_on: date) -> Facts:
    """Everything but the kidney function: pending, with one item that settles it."""
    facts = eligible_woman(consent_on, birth_year=1972, diagnosis="SLE")
    del facts["creatinine"]
    return facts


def _progressive(consent_on: date) -> Facts:
    return {
        "overlap_started_on": (consent_on - timedelta(days=1100)).isoformat(),
        "steroid_drug": "prednisolone",
        "steroid_mg_per_day": "15",
        "weight_kg": "61.5",
        "fvc_reference_l": "2.41",
        "fvc_current_l": "2.08",
        "pft_reference_on": (consent_on - timedelta(days=400)).isoformat(),
        "pft_current_on": (consent_on - timedelta(days=3)).isoformat(),
        "dlco_reference": "14.8",
        "dlco_current": "12.1",
        "dlco_unit": "mL/min/mmHg",
        "ct_enlarged": False,
        "ct_reference_on": (consent_on - timedelta(days=380)).isoformat(),
        "ct_current_on": (consent_on - timedelta(days=9)).isoformat(),
        "dyspnea_worsening": True,
        "symptom_onset_on": (consent_on - timedelta(days=500)).isoformat(),
    }


def _safe(consent_on: date) -> Facts:
    on = consent_on.isoformat()
    return {
        "family_support_investigator": True,
        "family_support_social_worker": True,
        "pregnant": False,
        "breastfeeding": False,
        "improvement_after_treatment": False,
        "improvement_treatment_months": "36",
        "got_u_l": "31",
        "gpt_u_l": "28",
        "liver_tests_on": on,
        "creatinine": {"value": "0.9", "unit": "mg/dL", "collected_on": on},
        "hiv": "negative",
        "hiv_on": on,
        "immunodeficiency": False,
        "active_notifiable_disease": False,
    }
