"""The report of an infusion that was given in spite of the guard, and its signature. Shape only; services decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.models import PreDoseCheck, ProductUnit
from dosing.services.breaches import BreachEntry
from trial.edge.signing import SigningForm
from trial.forms.wall_clock import WallClockField
from trial.models import User
from trial.rules.site_time import from_wall_clock

_PERCENT = Decimal(100)
LONGEST_REPORTER, LONGEST_REASON = 120, 4000


class BreachForm(forms.Form):
    """Weight and viability are asked for only where nothing is on file."""

    started_at = WallClockField(label=_("Started at"), help_text=_("Site time."))
    unit_code = forms.CharField(
        label=_("Code on the label of the unit that was given"),
        help_text=_("Scan it, or type lot and number: L-01/03. Empty: the unit meant for this infusion."),
        max_length=200,
        required=False,
    )
    performed_by = forms.ChoiceField(label=_("Infused by"), required=False)
    weight_kg = forms.DecimalField(
        label=_("Body weight of that day"), min_value=Decimal(1), max_digits=5, decimal_places=1, required=False
    )
    viability_percent = forms.DecimalField(
        label=_("Viability after thawing"),
        min_value=Decimal("0.01"),
        max_value=_PERCENT,
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    reported_by = forms.CharField(
        label=_("Reported by"), help_text=_("Who told of it: a person or a function."), max_length=LONGEST_REPORTER
    )
    reason = forms.CharField(
        label=_("How it came about"), widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST_REASON
    )

    def __init__(
        self, data: object = None, *, people: Iterable[User], check: PreDoseCheck | None, unit: ProductUnit | None
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        self._people = {person.username: person for person in people}
        named = [(name, person.printed_name) for name, person in self._people.items()]
        self.fields["performed_by"].choices = [("", _("Not known")), *named]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["weight_kg"].unit = "kg"  # type: ignore[attr-defined]  # read by the component
        self.fields["viability_percent"].unit = "%"  # type: ignore[attr-defined]  # as above
        if check is not None and check.weight_kg is not None:
            del self.fields["weight_kg"]
        if unit is not None and unit.viability is not None:
            self.fields["viability_percent"].help_text = _(
                "Only if another unit was given, of which it is not on file."
            )

    def entry(self, unit: ProductUnit, *, timezone: str) -> BreachEntry:
        """The entry of a valid form."""
        values = self.cleaned_data
        percent = values["viability_percent"]
        return BreachEntry(
            started_at=from_wall_clock(values["started_at"], timezone=timezone),
            unit=unit,
            performed_by=self._people.get(values["performed_by"]),
            reported_by=values["reported_by"],
            reason=values["reason"],
            weight_kg=values.get("weight_kg"),
            viability=None if percent is None else percent / _PERCENT,
        )


class BreachSigningForm(SigningForm):
    """The signature, with the report carried along unseen: it is shown above, and its hash is what is signed."""

    def __init__(self, *args: Any, report: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in BreachForm.base_fields:
            self.fields[name] = forms.CharField(
                required=False, widget=forms.HiddenInput(), initial=report.get(name, "")
            )
