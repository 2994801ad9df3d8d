"""Forms of a telephone contact. Shape only; services decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from followup.rules.states import AdverseEventAnswer
from trial.forms.wall_clock import WallClockField

_LONGEST = 4000


class ContactForm(forms.Form):
    """The question about adverse events is never answered beforehand: absence must be somebody's answer."""

    contacted_at = WallClockField(label=_("Called"), help_text=_("Date and time at the site."))
    adverse_events_asked = forms.ChoiceField(
        label=_("Any adverse event"),
        help_text=_("“Yes” leads on to the form of the event; until it is recorded the call does not count."),
        choices=[
            (AdverseEventAnswer.NONE.value, _("None: asked, and there were none")),
            (AdverseEventAnswer.YES.value, _("Yes: at least one")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Who answered and what was said; no name and no number."),
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ContactVoidForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the contact is void"), max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
