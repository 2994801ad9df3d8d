"""Forms of lots and units. Shape only; services decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from dosing.models import Infusion
from dosing.rules.release import limits
from trial.forms.wall_clock import WallClockField
from trial.protocol.schema import ReleaseCriterion
from trial.templatetags.look import trial_date

# A number stands in addresses and on labels.
PRODUCT_NUMBER = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", _("Letters, digits, and . _ - between them."))
_PERCENT = Decimal(100)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class _Reason(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, **options)


class ReceiveLotForm(forms.Form):
    number = forms.CharField(label=_("Lot number"), max_length=32, validators=[PRODUCT_NUMBER])
    donor_code = forms.CharField(
        label=_("Donor code"), help_text=_("A code only, never a name."), max_length=32, validators=[PRODUCT_NUMBER]
    )
    expires_at = WallClockField(label=_("Expires at"), help_text=_("Site time."))


class ReleaseTestForm(forms.Form):
    """The result of one test that is not recorded yet: a number for a numeric limit, else the word of the report."""

    code = forms.ChoiceField(label=_("Release test"))
    value = forms.DecimalField(
        label=_("Measured value"),
        help_text=_("For a test with a numeric limit."),
        max_digits=14,
        decimal_places=4,
        required=False,
    )
    result = forms.CharField(
        label=_("Result in words"), help_text=_("As reported, for instance: negative."), max_length=40, required=False
    )
    tested_on = forms.DateField(label=_("Tested on"), widget=_day())

    def __init__(self, data: object = None, *, criteria: Sequence[ReleaseCriterion], today: date) -> None:
        super().__init__(data, initial={"tested_on": today}, auto_id="test-%s")  # type: ignore[arg-type]  # a QueryDict
        offered = [(criterion.code, f"{criterion.label} ({limits(criterion)})") for criterion in criteria]
        self.fields["code"].choices = [("", "—"), *offered]  # type: ignore[attr-defined]  # a ChoiceField
        self._accepted = {criterion.code: criterion.accepted for criterion in criteria}

    def clean_result(self) -> str:
        """The accepted word whatever its capitals: a failed test holds dosing, and "Negative" is no failure."""
        typed: str = self.cleaned_data["result"]
        accepted = self._accepted.get(self.cleaned_data.get("code", ""))
        return accepted if accepted is not None and typed.casefold() == accepted.casefold() else typed


class RejectLotForm(forms.Form):
    reason = _Reason(label=_("Why the lot is rejected"))


class AddUnitForm(forms.Form):
    number = forms.CharField(label=_("Unit number"), max_length=32, validators=[PRODUCT_NUMBER])
    total_cells = forms.DecimalField(
        label=_("Cells, viable and dead"), min_value=Decimal(1), max_digits=14, decimal_places=0
    )
    volume_ml = forms.DecimalField(label=_("Volume"), min_value=Decimal("0.01"), max_digits=8, decimal_places=2)

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="unit-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["volume_ml"].unit = "mL"  # type: ignore[attr-defined]  # read by the component


class AssignForm(forms.Form):
    """To which infusion a unit goes: one that is planned and has none. Chosen first, then signed on its own page."""

    infusion = forms.ChoiceField(label=_("Infusion"))

    def __init__(self, data: object = None, *, infusions: Iterable[Infusion]) -> None:
        super().__init__(data, auto_id="assign-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        self._infusions = {str(infusion.pk): infusion for infusion in infusions}
        offered = [(pk, _infusion_label(infusion)) for pk, infusion in self._infusions.items()]
        self.fields["infusion"].choices = offered if len(offered) == 1 else [("", "—"), *offered]  # type: ignore[attr-defined]

    @property
    def has_choices(self) -> bool:
        return bool(self._infusions)

    def chosen(self) -> Infusion:
        return self._infusions[self.cleaned_data["infusion"]]


def _infusion_label(infusion: Infusion) -> str:
    words = _("%(subject)s, infusion %(number)s, planned for %(day)s")
    return str(words) % {
        "subject": infusion.subject.code,
        "number": infusion.number,
        "day": trial_date(infusion.planned_on),
    }


class ThawForm(forms.Form):
    viability_percent = forms.DecimalField(
        label=_("Viability after thawing"),
        min_value=Decimal("0.01"),
        max_value=_PERCENT,
        max_digits=5,
        decimal_places=2,
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="thaw-%s")  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["viability_percent"].unit = "%"  # type: ignore[attr-defined]  # read by the component

    def viability(self) -> Decimal:
        """As a fraction of the whole."""
        fraction: Decimal = self.cleaned_data["viability_percent"] / _PERCENT
        return fraction


class FindForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the label"),
        help_text=_("Scan it, or type lot and unit as LOT/UNIT."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
