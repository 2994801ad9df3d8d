"""Which days of the calendar are shown: a month, or a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.rules.calendar import AHEAD, FIRST_YEAR, LAST_YEAR, LONGEST, first_of_month, weeks_of
from reports.selectors.calendar import Period
from trial.models import Site


def _check_year(day: date) -> None:
    """Days with weeks around them that every clock can count."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = _("Give a day in the years %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise forms.ValidationError(message, code="year")


class MonthField(forms.Field):
    """A month as browsers send it, ``2026-11``. Its value is the first day."""

    default_error_messages = {"invalid": gettext_lazy("Give a month as year and month: 2026-11.")}

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        try:
            month = date.fromisoformat(f"{value}-01")
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
        _check_year(month)
        return month


class _AtSite(forms.Form):
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)

    def __init__(self, *args: Any, sites: Sequence[Site], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choices = [("", _("All sites")), *((site.code, site.name) for site in sites)]
        self.fields["site"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class MonthForm(_AtSite):
    month = MonthField(label=gettext_lazy("Month"), required=False, widget=forms.TextInput(attrs={"type": "month"}))
    field_order = ["month", "site"]

    def month_shown(self) -> date:
        """The first day of the month asked for, else of this one."""
        asked: date | None = self.cleaned_data.get("month") if self.is_valid() else None
        return asked or first_of_month(self.today)

    def period(self) -> Period:
        """The whole weeks that are drawn."""
        weeks = weeks_of(self.month_shown())
        return Period(weeks[0][0], weeks[-1][-1], self.cleaned_data.get("site", "") if self.is_valid() else "")


class PeriodForm(_AtSite):
    """``from`` and ``to``: site days, both included; without them eight weeks from today on."""

    field_order = ["from", "to", "site"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A name that is a word of the language cannot be that of an attribute.
        self.fields["from"] = _day_field(_("From"))
        self.fields["to"] = _day_field(_("Until"))
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        first = given.get("from") or min(self.today, given.get("to") or self.today)
        last = given.get("to") or first + AHEAD
        if last < first:
            self.add_error("to", _("The last day lies before the first."))
        elif last - first > LONGEST:
            self.add_error("to", _("At most %(days)s days at once.") % {"days": LONGEST.days})
        return given | {"first": first, "last": last}

    def period(self) -> Period:
        """Of a valid form."""
        return Period(self.cleaned_data["first"], self.cleaned_data["last"], self.cleaned_data["site"])


def _day_field(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"], validators=[_check_year]
    )
