"""The report of a pregnancy. Shape only; services decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.rules.pregnancy_report import Whose
from dosing.services.pregnancies import PregnancyReport
from trial.forms.people import DayField

LONGEST_NOTE = 2000
_WHOSE = {Whose.PARTICIPANT: _("The participant"), Whose.PARTNER: _("A partner of the participant")}


class PregnancyForm(forms.Form):
    whose = forms.ChoiceField(
        label=_("Who is pregnant"),
        choices=[(whose.value, label) for whose, label in _WHOSE.items()],
        widget=forms.RadioSelect,
    )
    known_on = DayField(label=_("Known since"), help_text=_("The day on which the site learnt of it."))
    note = forms.CharField(
        label=_("Note"),
        help_text=_("How it became known; no names."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        required=False,
    )

    def report(self) -> PregnancyReport:
        """The report of a valid form."""
        values = self.cleaned_data
        return PregnancyReport(whose=Whose(values["whose"]), known_on=values["known_on"], note=values["note"])
