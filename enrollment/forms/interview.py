"""Forms of the interviews on family support. Shape only; services decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.rules.states import InterviewKind
from enrollment.services.interviews import InterviewEntry
from trial.edge.signing import SigningForm
from trial.forms.people import DayField

LONGEST_NOTE = 2000


class InterviewForm(forms.Form):
    """What the interviewer found. Neither answer is chosen beforehand."""

    held_on = DayField(label=_("Interview held on"))
    supported = forms.ChoiceField(
        label=_("The family support system is well established"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        help_text=_("What the finding rests on; no names and nothing that identifies the family."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        required=False,
    )

    def entry(self, kind: InterviewKind) -> InterviewEntry:
        """The entry of a valid form."""
        values = self.cleaned_data
        return InterviewEntry(
            kind=kind, held_on=values["held_on"], supported=values["supported"] == "yes", note=values["note"]
        )


class InterviewSigningForm(SigningForm):
    """The signature, with the interview carried along unseen: it is shown above, and its hash is what is signed."""

    def __init__(self, *args: Any, interview: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in InterviewForm.base_fields:
            self.fields[name] = forms.CharField(
                required=False, widget=forms.HiddenInput(), initial=interview.get(name, "")
            )


class InterviewWithdrawalForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Why the interview no longer counts. It stays readable."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
    )
