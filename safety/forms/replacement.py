"""Giving a slot back: why. Shape only."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReplacementForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the subject is replaced"),
        max_length=2000,
        help_text=_("It stands beside the slot, in the dossier of the gate and in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
