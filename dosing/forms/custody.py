"""Forms of handling a unit: by hand, before a witness, set aside, brought back. Shape only; services decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from dosing.rules.custody import STEP_LABELS
from dosing.rules.states import CustodyStep, ExcursionDecision
from dosing.rules.temperatures import limit_words
from dosing.services.custody_steps import StepEntry
from trial.edge.signing import RationaleSigningForm, SigningForm
from trial.forms.wall_clock import WallClockField
from trial.protocol.schema_monitoring import TemperatureLimit
from trial.rules.site_time import from_wall_clock

LONGEST_PLACE = 80
LONGEST_NOTE = 4000


class Celsius(forms.DecimalField):
    def __init__(self, *, decimal_places: int, **options: Any) -> None:
        super().__init__(
            max_digits=decimal_places + 4,
            decimal_places=decimal_places,
            min_value=Decimal("-273.15"),
            max_value=Decimal(200),
            **options,
        )
        self.unit = "°C"  # read by the component


class Millilitres(forms.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=8, decimal_places=2, min_value=Decimal(0), **options)
        self.unit = "mL"  # read by the component


def note_field(label: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": 2}), max_length=LONGEST_NOTE, required=required
    )


def limit_choices(limits: Sequence[TemperatureLimit]) -> list[tuple[str, str]]:
    return [("", "—"), *((limit.code, f"{_now(limit.label)} ({limit_words(limit)})") for limit in limits)]


class StepForm(forms.Form):
    """A handling that no other act of the product tells of."""

    step = forms.ChoiceField(label=_("What was done"))
    happened_at = WallClockField(label=_("When"), help_text=_("Site time. Empty: now."), required=False)
    place = forms.CharField(label=_("Where"), max_length=LONGEST_PLACE, required=False)
    temperature_celsius = Celsius(label=_("Temperature read"), decimal_places=1, required=False)
    limit_code = forms.ChoiceField(label=_("Limits that apply"), required=False)
    note = note_field(_("Remark"), required=False)

    def __init__(
        self, data: object = None, *, steps: Sequence[CustodyStep], limits: Sequence[TemperatureLimit]
    ) -> None:
        super().__init__(data, auto_id="step-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        offered = [(step.value, _now(STEP_LABELS[step])) for step in steps]
        self.fields["step"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["limit_code"].choices = limit_choices(limits)  # type: ignore[attr-defined]  # a ChoiceField

    def entry(self, *, timezone: str) -> StepEntry:
        values = self.cleaned_data
        written: datetime | None = values["happened_at"]
        return StepEntry(
            step=CustodyStep(values["step"]),
            happened_at=from_wall_clock(written, timezone=timezone) if written else None,
            place=values["place"],
            temperature_celsius=values["temperature_celsius"],
            limit_code=values["limit_code"],
            note=values["note"],
        )


class ReasonForm(forms.Form):
    """``name`` tells the forms of one page apart."""

    def __init__(self, data: object = None, *, name: str, label: Any) -> None:
        super().__init__(data, auto_id=f"{name}-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["reason"] = note_field(label)


class TakeBackForm(forms.Form):
    volume_ml = Millilitres(label=_("Volume that came back"))
    place = forms.CharField(label=_("Kept at"), max_length=LONGEST_PLACE, required=False)
    note = note_field(_("Remark"), required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="back-%s")  # type: ignore[arg-type]  # a QueryDict or nothing


class ReconcileForm(forms.Form):
    note = note_field(_("Why volume is missing"), required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="reconcile-%s")  # type: ignore[arg-type]  # a QueryDict or nothing


class DestroyForm(SigningForm):
    """The witness signs what the other one enters."""

    volume_ml = Millilitres(label=_("Volume destroyed"))
    reason = note_field(_("Why it is destroyed"))

    field_order = ["volume_ml", "reason", "meaning", "username", "password"]


class QuarantineForm(RationaleSigningForm):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("", "—"),
            (ExcursionDecision.USABLE.value, _("Usable: it returns to what it was before")),
            (ExcursionDecision.DESTROY.value, _("To be destroyed")),
        ],
    )

    field_order = ["decision", "rationale", "meaning", "username", "password"]
