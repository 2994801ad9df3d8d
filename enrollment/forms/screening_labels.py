"""Facts of screening in words, wherever they are shown, and the place at which each is entered."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from enrollment.forms.screening_choices import Text
from enrollment.forms.screening_fact import Fact, field_name
from enrollment.forms.screening_fields import FACTS, SUPPORT_GROUP
from enrollment.forms.screening_rows import ROW_KINDS
from enrollment.rules.interviews import INTERVIEW_KEYS

_MEMBER = re.compile(r"(\w+)\[(\d+)\](\.\w+)?")

# What is not typed here: taken from other records, or worked out by the rules.
_OTHER_LABELS: Mapping[str, Text] = {
    "ctd": _("Connective tissue disease"),
    "treatments": _("Treatments"),
    "treatments_complete": _("Treatments recorded completely"),
    "consent": _("Informed consent"),
    "consent_on": _("Consent given on"),
    "evaluated_on": _("Evaluated on"),
    "family_support_investigator": _("Family support confirmed by the principal investigator"),
    "family_support_social_worker": _("Family support confirmed by the social worker"),
    "pregnancy_test": _("Pregnancy test (urine)"),
    "contraception": _("Contraception"),
    "creatinine": _("Creatinine"),
    "ct_reading": _("CT reading"),
    "oxygen": _("Oxygen measurements"),
    "confirmed": _("Unlikely values confirmed"),
    "creatinine_unit": _("Unit of creatinine"),
    "creatinine_mg_dl": _("Creatinine in mg/dL"),
    "age_years": _("Age in years"),
    "fvc_decline": _("FVC decline"),
    "dlco_decline": _("DLCO decline"),
    "prednisolone_mg_per_kg": _("Prednisolone equivalent in mg/kg/day"),
}


def fact_of(key: str) -> Fact | None:
    """How a fact is asked for, also one of a row: ``treatments[2].drug``."""
    found = _MEMBER.fullmatch(key)
    if found is None or found[1] not in ROW_KINDS:
        return FACTS.get(key)
    return next((fact for fact in ROW_KINDS[found[1]].facts(int(found[2])) if fact.key == key), None)


def fact_label(key: str) -> Text:
    """The label of a fact or of a value worked out from facts, with the unit where the label alone could be two."""
    fact = fact_of(key)
    if fact is None:
        return _OTHER_LABELS.get(key, key)
    return f"{fact.label} ({fact.unit})" if fact.unit else fact.label


def place_of(key: str) -> str:
    """The id of the element at which a fact is entered; empty for what is not entered on this page."""
    if key in INTERVIEW_KEYS:
        return f"group-{SUPPORT_GROUP}"
    if key in ROW_KINDS:
        return f"id_{field_name(ROW_KINDS[key].facts(0)[0].key)}"
    if fact_of(key) is not None:
        return f"id_{field_name(key)}"
    inside = next((each for each in FACTS if each.startswith(f"{key}.")), "")
    return f"id_{field_name(inside)}" if inside else ""
