"""A time as it stands on paper at the site."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from trial.documents.parsing import YEARS

UNREADABLE = _("Enter a date and a time, such as 2026-03-12T14:05.")


def read_wall_clock(text: str) -> datetime | None:
    """A time with or without its offset; None for what is no time, or of a year beyond reason."""
    try:
        written = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return written if written.year in YEARS else None


class WallClockField(forms.Field):
    """A time as it was written down, without its zone: which one it is follows from the site."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: object) -> datetime | None:
        if value in self.empty_values:
            return None
        written = read_wall_clock(str(value))
        if written is None:
            raise forms.ValidationError(UNREADABLE, code="invalid")
        return written
