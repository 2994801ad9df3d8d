"""Forms of a loss to follow-up and of its end. Shape only; services decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST = 4000


class LossForm(forms.Form):
    lost_on = forms.DateField(
        label=_("Lost since"),
        help_text=_("The day at the site from which nobody reached the participant."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    attempts = forms.CharField(
        label=_("How the participant was looked for"),
        help_text=_("Every attempt with its day, way and result; no name and no number."),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class FoundForm(forms.Form):
    reason = forms.CharField(
        label=_("How the participant was found again"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
