"""Forms of the vital signs: entered by touch, not done, corrected, and what was done about an alert. Shape only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.models import VitalSigns
from dosing.rules.states import AlertAction
from dosing.selectors.series import FIELDS
from dosing.services.vital_signs import VitalEntry
from trial.forms.wall_clock import WallClockField
from trial.protocol.schema import MonitoringField, MonitoringPlan
from trial.rules.site_time import at_site, from_wall_clock

ACTION_LABELS = {
    AlertAction.PAUSED: _("The infusion was paused"),
    AlertAction.STOPPED: _("The infusion was stopped"),
    AlertAction.TREATED: _("The subject was treated"),
    AlertAction.WATCHED: _("Nothing more: it is watched"),
    AlertAction.WRONG: _("The value is wrong, and is corrected"),
}
UNIT_SHOWN = {"Cel": "°C"}
_LONGEST_CODE = 8
_PERCENT = Decimal(100)


class VitalSignsForm(forms.Form):
    """Every measurement of the protocol as a number, symptoms as boxes to touch; the time only if it was not now."""

    point = forms.CharField(max_length=_LONGEST_CODE, widget=forms.HiddenInput)

    def __init__(self, data: object = None, *, plan: MonitoringPlan, **kwargs: object) -> None:
        super().__init__(data, auto_id="vitals-%s", **kwargs)  # type: ignore[arg-type]  # passed through
        self._measured = [field for field in plan.fields if field.code in FIELDS]
        for field in self._measured:
            self.fields[field.code] = _measurement(field)
        self.fields["symptoms"] = forms.MultipleChoiceField(
            label=_("Symptoms"),
            choices=[(symptom.code, symptom.label) for symptom in plan.symptoms],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        self.fields["comment"] = forms.CharField(label=_("Comment"), max_length=1000, required=False)
        self.fields["taken_at"] = WallClockField(label=_("Taken at"), help_text=_("Empty: now."), required=False)

    @property
    def numbers(self) -> Iterator[forms.BoundField]:
        return (self[field.code] for field in self._measured)

    def entry(self, *, now: datetime, timezone: str) -> VitalEntry:
        values = self.cleaned_data
        written = values["taken_at"]
        return VitalEntry(
            point=values["point"],
            taken_at=from_wall_clock(written, timezone=timezone) if written else now,
            readings={field.code: values[field.code] for field in self._measured},
            symptoms=tuple(values["symptoms"]),
            comment=values["comment"],
        )


class CorrectVitalSignsForm(VitalSignsForm):
    """An entry as it stands, to be replaced by a later one."""

    def __init__(self, data: object = None, *, plan: MonitoringPlan, entry: VitalSigns, timezone: str) -> None:
        on_file: dict[str, object] = {name: getattr(entry, name) for name in FIELDS}
        on_file |= {"point": entry.point, "symptoms": entry.symptoms, "comment": entry.comment}
        on_file["taken_at"] = at_site(entry.taken_at, timezone=timezone) if entry.taken_at else None
        super().__init__(data, plan=plan, initial=on_file)
        self.fields["taken_at"].required = True
        self.fields["taken_at"].help_text = ""
        self.fields["reason"] = forms.CharField(label=_("Why it is corrected"), max_length=1000)


class NotDoneForm(forms.Form):
    point = forms.CharField(max_length=_LONGEST_CODE, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why it was not done"), max_length=1000)

    def __init__(self, data: object = None, **kwargs: object) -> None:
        super().__init__(data, auto_id="not-done-%s", **kwargs)  # type: ignore[arg-type]  # passed through

    def entry(self) -> VitalEntry:
        values = self.cleaned_data
        return VitalEntry(point=values["point"], taken_at=None, not_done_reason=values["reason"])


class AnswerAlertForm(forms.Form):
    action = forms.ChoiceField(
        label=_("What was done"), choices=[(a.value, label) for a, label in ACTION_LABELS.items()]
    )
    note = forms.CharField(label=_("In words"), max_length=1000, required=False)


def waited(written: str) -> timedelta:
    """How long a request waited for the connection, in whole seconds, as the page says; nonsense counts as nothing."""
    return timedelta(seconds=int(written)) if written.isdecimal() and len(written) < _LONGEST_CODE else timedelta()


def _measurement(field: MonitoringField) -> forms.DecimalField:
    is_percent = field.unit == "%"
    digits = 4 if field.code in ("temperature", "oxygen_saturation", "oxygen_flow", "inspired_oxygen") else 5
    made = forms.DecimalField(
        label=_(field.label),
        required=False,
        min_value=Decimal(0),
        max_value=_PERCENT if is_percent else None,
        max_digits=digits,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.1", "class": "vital__number"}),
    )
    made.unit = UNIT_SHOWN.get(field.unit or "", field.unit or "")  # type: ignore[attr-defined]  # read by the component
    return made
