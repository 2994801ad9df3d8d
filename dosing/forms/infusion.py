"""Forms of an infusion: planned, started, started long ago, ended. Shape only; services decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.rules.states import NotGivenBecause, PauseReason, StopReason
from dosing.services.infusion_course import Volumes
from dosing.services.infusions import StartEntry
from trial.forms.wall_clock import WallClockField
from trial.rules.site_time import from_wall_clock

STOP_LABELS = {
    StopReason.REACTION: _("A reaction of the subject"),
    StopReason.LOGISTIC: _("A logistic reason"),
    StopReason.TECHNICAL: _("A technical reason"),
}
PAUSE_LABELS = {
    PauseReason.REACTION: _("A reaction of the subject"),
    PauseReason.VITAL_SIGNS: _("Vital signs"),
    PauseReason.ACCESS: _("The access to the vein"),
    PauseReason.TECHNICAL: _("A technical reason"),
    PauseReason.REQUEST: _("The wish of the subject"),
    PauseReason.OTHER: _("Another reason, in words"),
}
NOT_GIVEN_LABELS = {
    NotGivenBecause.ADVERSE_EVENT: _("An adverse event"),
    NotGivenBecause.PARTICIPANT: _("The decision of the subject"),
    NotGivenBecause.PRODUCT: _("The product"),
    NotGivenBecause.LOGISTIC: _("A logistic reason"),
    NotGivenBecause.HOLD: _("A hold on dosing"),
    NotGivenBecause.OTHER: _("Another reason"),
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

    def entry(self, *, waited: timedelta) -> StartEntry:
        return StartEntry(interval_reason=self.cleaned_data.get("interval_reason", ""), waited=waited)


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

    def __init__(self, *, label: object, required: bool = True, decimal_places: int = 2) -> None:
        super().__init__(
            label=label,  # type: ignore[arg-type]  # text that is translated later
            min_value=Decimal(0),
            max_digits=8 if decimal_places == 2 else 6,  # as the columns
            decimal_places=decimal_places,
            required=required,
        )


class _EndForm(forms.Form):
    """What ran in, what was left, what the line was rinsed with."""

    infused_volume_ml = _Volume(label=_("Volume that ran in"))
    residual_volume_ml = _Volume(label=_("Left in the unit"), required=False)
    flush_ml = _Volume(label=_("Flush"), required=False, decimal_places=1)

    def volumes(self) -> Volumes:
        values = self.cleaned_data
        return Volumes(
            infused_ml=values["infused_volume_ml"],
            residual_ml=values["residual_volume_ml"],
            flush_ml=values["flush_ml"],
        )


class CompleteForm(_EndForm):
    def __init__(self, data: object = None, *, planned_volume_ml: Decimal | None = None) -> None:
        initial = {"infused_volume_ml": planned_volume_ml}
        super().__init__(data, initial=initial, auto_id="complete-%s")  # type: ignore[arg-type]  # a QueryDict or nothing


class StopForm(_EndForm):
    reason = forms.ChoiceField(
        label=_("Stopped for"), choices=[(r.value, label) for r, label in STOP_LABELS.items()], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("What happened"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)

    field_order = ["reason", "note", "infused_volume_ml", "residual_volume_ml", "flush_ml"]

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="stop-%s")  # type: ignore[arg-type]  # as above


class PauseForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Paused for"),
        choices=[(r.value, label) for r, label in PAUSE_LABELS.items()],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("In words"), max_length=1000, required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="pause-%s")  # type: ignore[arg-type]  # as above


class NotGivenForm(forms.Form):
    because = forms.ChoiceField(
        label=_("Because of"),
        choices=[(b.value, label) for b, label in NOT_GIVEN_LABELS.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why it will not be given"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="not-given-%s")  # type: ignore[arg-type]  # as above
