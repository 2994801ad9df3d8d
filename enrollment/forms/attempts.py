"""Forms of the attempts at screening. Shape only; services decide."""

from __future__ import annotations

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.rules.states import NotContinued

LONGEST_REASON = 2000
NOT_CONTINUED_LABELS: dict[NotContinued, str | Promise] = {
    NotContinued.LOST: _("The participant could not be reached any more"),
    NotContinued.NO_SLOT: _("No slot was free in time"),
    NotContinued.INVESTIGATOR: _("The investigator's decision"),
    NotContinued.OTHER: _("Another reason"),
}


class DiscontinuationForm(forms.Form):
    because = forms.ChoiceField(
        label=_("Why the screening ends"),
        choices=[(reason.value, label) for reason, label in NOT_CONTINUED_LABELS.items()],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What happened"),
        help_text=_("For the screening log; no names and nothing that identifies the participant."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
    )


class RescreeningForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What has changed since, so that screening may turn out otherwise."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
    )
