"""Forms of an infusion: planned, started, started long ago, ended. Shape only; services decide."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.rules.states import StopReason
from dosing.services.infusions import StartEntry
from enrollment.forms.wall_clock import WallClockField
from trial.rules.site_time import from_wall_clock

STOP_LABELS = {
    StopReason.REACTION: _("A reaction of the subject"),
    StopReason.LOGISTIC: _("A logistic reason"),
    StopReason.TECHNICAL: _("A technical reason"),
}


class PlanForm(forms.Form):
    planned_on = forms.DateField(label=_("Planned for"), widget=forms.DateInput(attrs={"type": "date"}))


class StartForm(forms.Form):
    """A start now. An overdue interval asks for its reason, and only then."""

    interval_reason = forms.CharField(
        label=_("Why the infusion is given after its interval"), max_length=1000, required=False
    )

    def __init__(self, data: object = None, *, overdue: bool) -> None:
        super().__init__(data, auto_id="start-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        if overdue:
            self.fields["interval_reason"].required = True
        else:
            del self.fields["interval_reason"]

    def entry(self) -> StartEntry:
        return StartEntry(interval_reason=self.cleaned_data.get("interval_reason", ""))


class LateStartForm(forms.Form):
    """A start in the past, entered now: judged by the conditions of its own time."""

    started_at = WallClockField(label=_("Started at"))
    late_entry_reason = forms.CharField(label=_("Why it is entered late"), max_length=1000)
    interval_reason = forms.CharField(
        label=_("Why the infusion was given after its interval"),
        help_text=_("Only when the interval was overdue."),
        max_length=1000,
        required=False,
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="late-%s")  # type: ignore[arg-type]  # a QueryDict or nothing

    def entry(self, *, timezone: str) -> StartEntry:
        values = self.cleaned_data
        started_at: datetime = from_wall_clock(values["started_at"], timezone=timezone)
        return StartEntry(
            started_at=started_at,
            late_entry_reason=values["late_entry_reason"],
            interval_reason=values["interval_reason"],
        )


class _Volume(forms.DecimalField):
    unit = "mL"

    def __init__(self) -> None:
        super().__init__(label=_("Volume that ran in"), min_value=Decimal(0), max_digits=8, decimal_places=2)


class CompleteForm(forms.Form):
    infused_volume_ml = _Volume()

    def __init__(self, data: object = None, *, planned_volume_ml: Decimal | None = None) -> None:
        initial = {"infused_volume_ml": planned_volume_ml}
        super().__init__(data, initial=initial, auto_id="complete-%s")  # type: ignore[arg-type]  # as above


class StopForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Stopped for"), choices=[(r.value, label) for r, label in STOP_LABELS.items()], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("What happened"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
    infused_volume_ml = _Volume()

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="stop-%s")  # type: ignore[arg-type]  # as above


class NotGivenForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it will not be given"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="not-given-%s")  # type: ignore[arg-type]  # as above
