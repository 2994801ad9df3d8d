"""The control with which a fact of screening is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.forms.screening_fact import Fact, Kind

DRUG_NAMES = "drug-names"
"""The id of the list of drugs that a browser suggests."""

_FLAG_CHOICES = [("", "—"), ("yes", _("Yes")), ("no", _("No"))]
_LONGEST = 64
_LONGEST_WORDS = 500


def longest(kind: Kind) -> int:
    return _LONGEST_WORDS if kind is Kind.WORDS else _LONGEST


def control_for(fact: Fact, *, drugs: Sequence[str], saved: str) -> forms.Widget:
    """``drugs``: those whose dose the protocol can convert; one that is saved and none of them stays on offer."""
    if fact.kind is Kind.FLAG:
        return forms.Select(choices=_FLAG_CHOICES)
    if fact.kind is Kind.CHOICE:
        return forms.Select(choices=[("", "—"), *fact.choices])
    if fact.kind is Kind.DRUG:
        known = [*drugs, *([saved] if saved and saved not in drugs else [])]
        return forms.Select(choices=[("", "—"), *((drug, drug.capitalize()) for drug in known)])
    return forms.TextInput(attrs=_ATTRIBUTES[fact.kind])


_ATTRIBUTES: dict[Kind, dict[str, str]] = {
    Kind.DAY: {"type": "date", "class": "control--date"},
    Kind.PARTIAL: {"class": "control--date", "autocomplete": "off", "placeholder": "2024-08"},
    Kind.DRUG_NAME: {"list": DRUG_NAMES, "autocomplete": "off"},
    Kind.WORDS: {"class": "control--words", "autocomplete": "off"},
    Kind.NUMBER: {"inputmode": "decimal", "class": "control--number", "autocomplete": "off"},
}
