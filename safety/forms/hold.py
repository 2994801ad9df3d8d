"""Placing a hold on dosing: what is held, and why. Shape only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

STUDY = "study"
COHORT = "cohort:"
SUBJECT = "subject:"


class PlaceHoldForm(forms.Form):
    """Two fields, so that nobody hesitates."""

    scope = forms.ChoiceField(label=_("What is held"))
    reason = forms.CharField(
        label=_("Why"),
        max_length=2000,
        help_text=_("Everybody who doses reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, cohorts: Iterable[int], subject_codes: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (STUDY, _("The whole study")),
            *((f"{COHORT}{number}", _("Cohort %(n)s") % {"n": number}) for number in cohorts),
            *((f"{SUBJECT}{code}", code) for code in subject_codes),
        ]
