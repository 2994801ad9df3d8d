"""The form of the facts of the day. Shape only; the service decides."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.models import PreDoseCheck
from dosing.rules.states import PregnancyResult
from dosing.services.pre_dose import DayEntry
from trial.forms.wall_clock import WallClockField
from trial.rules.site_time import at_site, from_wall_clock

PREGNANCY_LABELS = {
    PregnancyResult.NEGATIVE: _("Negative"),
    PregnancyResult.POSITIVE: _("Positive"),
    PregnancyResult.INVALID: _("Invalid"),
    PregnancyResult.NOT_APPLICABLE: _("Not applicable"),
}
_TIMES = ("weight_measured_at", "pregnancy_collected_at", "laboratory_collected_at")


class DayForm(forms.Form):
    """Each value with the time at which it was measured: it expires."""

    weight_kg = forms.DecimalField(
        label=_("Body weight"), min_value=Decimal(1), max_digits=5, decimal_places=1, required=False
    )
    weight_measured_at = WallClockField(label=_("Weighed at"), required=False)
    weight_confirmed_note = forms.CharField(
        label=_("Weighed again: the change is real, because"), max_length=1000, required=False
    )
    pregnancy_result = forms.ChoiceField(
        label=_("Pregnancy test"),
        choices=[("", "—"), *((result.value, label) for result, label in PREGNANCY_LABELS.items())],
        required=False,
    )
    pregnancy_collected_at = WallClockField(label=_("Sample for the pregnancy test"), required=False)
    laboratory_acceptable = forms.ChoiceField(
        label=_("Safety laboratory reviewed"),
        choices=[("", "—"), ("yes", _("Acceptable for dosing")), ("no", _("Not acceptable"))],
        required=False,
    )
    laboratory_collected_at = WallClockField(label=_("Sample for the laboratory"), required=False)
    reason = forms.CharField(
        label=_("Reason for a correction"),
        help_text=_("Only when a value on file changes."),
        max_length=1000,
        required=False,
    )

    def __init__(self, data: object = None, *, check: PreDoseCheck | None, timezone: str) -> None:
        super().__init__(data, initial=_on_file(check, timezone), auto_id="day-%s")  # type: ignore[arg-type]  # a QueryDict
        self._timezone = timezone
        self.fields["weight_kg"].unit = "kg"  # type: ignore[attr-defined]  # read by the component

    def entry(self) -> DayEntry:
        """The entry of a valid form, its times on the clock of the site."""
        values = self.cleaned_data
        times = {
            name: from_wall_clock(values[name], timezone=self._timezone) if values[name] else None for name in _TIMES
        }
        result = values["pregnancy_result"]
        if result == PregnancyResult.NOT_APPLICABLE:
            times["pregnancy_collected_at"] = None
        return DayEntry(
            weight_kg=values["weight_kg"],
            pregnancy_result=PregnancyResult(result) if result else None,
            laboratory_acceptable={"yes": True, "no": False}.get(values["laboratory_acceptable"]),
            weight_confirmed_note=values["weight_confirmed_note"],
            **times,
        )


def _on_file(check: PreDoseCheck | None, timezone: str) -> dict[str, object]:
    if check is None:
        return {}
    answer = {True: "yes", False: "no", None: ""}[check.laboratory_acceptable]
    times = {name: getattr(check, name) for name in _TIMES}
    return {
        "weight_kg": check.weight_kg,
        "weight_confirmed_note": check.weight_confirmed_note,
        "pregnancy_result": check.pregnancy_result,
        "laboratory_acceptable": answer,
        **{name: at_site(at, timezone=timezone) if at else None for name, at in times.items()},
    }
