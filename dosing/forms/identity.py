"""The identity check: name and password, and the code of the unit in the hand."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from trial.edge.signing import SigningForm


class IdentityForm(SigningForm):
    unit_code = forms.CharField(
        label=_("Code on the label"),
        help_text=_("Scan it, or type lot and number: L-01/03. Empty: the unit meant for this infusion."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    field_order = ["unit_code", "meaning", "username", "password"]
