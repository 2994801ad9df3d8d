"""Forms of a visit. Shape only; services decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from followup.rules.states import AdverseEventAnswer
from trial.forms.wall_clock import WallClockField


class CompleteVisitForm(forms.Form):
    """The question about adverse events is never answered beforehand: absence must be somebody's answer."""

    done_at = WallClockField(label=_("Took place"), help_text=_("Date and time at the site."))
    adverse_events_asked = forms.ChoiceField(
        label=_("Adverse events asked"),
        help_text=_("“Yes” leads on to the form of the event."),
        choices=[
            (AdverseEventAnswer.NONE.value, _("None: asked, and there were none")),
            (AdverseEventAnswer.YES.value, _("Yes: at least one")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Needed where the visit took place outside its window: say why."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MissedVisitForm(forms.Form):
    reason = forms.CharField(label=_("Why it was missed"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))
