"""Forms of what is prepared at the bedside, and of the drugs given before. Shape only; services decide."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.models import Infusion
from dosing.rules.states import DoseModel
from dosing.services.premedication import Drug
from dosing.services.preparation import Preparation
from trial.forms.wall_clock import WallClockField
from trial.rules.site_time import from_wall_clock

DOSE_MODEL_LABELS = {
    DoseModel.VOLUME: _("The volume worked out is drawn"),
    DoseModel.BAG: _("All that the unit holds is given"),
}


class PreparationForm(forms.Form):
    dose_model = forms.ChoiceField(
        label=_("How the dose is given"), choices=[(m.value, label) for m, label in DOSE_MODEL_LABELS.items()]
    )
    access_site = forms.CharField(
        label=_("Site of access"), help_text=_("For instance: left forearm, 20 G."), max_length=80, required=False
    )
    line_filter = forms.CharField(
        label=_("Line and filter"), help_text=_("For instance: blood set, 200 µm."), max_length=80, required=False
    )
    rate_ml_per_h = forms.DecimalField(
        label=_("Planned rate"), min_value=Decimal("0.1"), max_digits=6, decimal_places=1, required=False
    )
    equipment_checked = forms.BooleanField(label=_("Emergency equipment is at hand and was checked"), required=False)
    reason = forms.CharField(
        label=_("Reason for a correction"),
        help_text=_("Only when a value on file changes."),
        max_length=1000,
        required=False,
    )

    def __init__(self, data: object = None, *, infusion: Infusion) -> None:
        names = ("dose_model", "access_site", "line_filter", "rate_ml_per_h")
        on_file: dict[str, object] = {name: getattr(infusion, name) for name in names}
        on_file["equipment_checked"] = infusion.emergency_equipment_checked_at is not None
        super().__init__(data, initial=on_file, auto_id="prepare-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["rate_ml_per_h"].unit = "mL/h"  # type: ignore[attr-defined]  # read by the component
        self._was_checked = bool(on_file["equipment_checked"])

    def entry(self) -> Preparation:
        values = self.cleaned_data
        return Preparation(
            access_site=values["access_site"],
            line_filter=values["line_filter"],
            rate_ml_per_h=values["rate_ml_per_h"],
            dose_model=DoseModel(values["dose_model"]),
            # Checked again only by somebody who says so for the first time: its time is that of the check.
            equipment_checked=values["equipment_checked"] and not self._was_checked,
        )


class PremedicationForm(forms.Form):
    drug = forms.CharField(label=_("Drug"), max_length=80)
    dose = forms.DecimalField(label=_("Dose"), min_value=Decimal("0.001"), max_digits=9, decimal_places=3)
    unit = forms.CharField(label=_("Unit of the dose"), max_length=16)
    route = forms.CharField(label=_("Route"), help_text=_("For instance: by mouth, intravenous."), max_length=24)
    given_at = WallClockField(label=_("Given at"), help_text=_("Empty: now."), required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="premedication-%s")  # type: ignore[arg-type]  # as above

    def drug_given(self, *, timezone: str) -> Drug:
        values = self.cleaned_data
        written = values["given_at"]
        return Drug(
            name=values["drug"],
            dose=values["dose"],
            unit=values["unit"],
            route=values["route"],
            given_at=from_wall_clock(written, timezone=timezone) if written else None,
        )


class VoidForm(forms.Form):
    reason = forms.CharField(label=_("Why the entry is void"), max_length=1000)

    def __init__(self, data: object = None, *, row: int) -> None:
        super().__init__(data, auto_id=f"void-{row}-%s")  # type: ignore[arg-type]  # as above
