"""Shapes of reporting and classifying a deviation. Nothing here saves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from trial.deviation_labels import CATEGORIES, CLASSES
from trial.forms.wall_clock import WallClockField
from trial.models import Site
from trial.rules.site_time import from_wall_clock
from trial.rules.states import DeviationCategory, DeviationClass

_LONGEST = 4000


def _text(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=_LONGEST,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DeviationForm(forms.Form):
    """``occurred_at`` is typed in the time of the site."""

    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("No single site")
    )
    subject_code = forms.CharField(label=_("Subject"), max_length=24, required=False, help_text=_("Empty: none."))
    category = forms.ChoiceField(label=_("Category"), choices=[(key.value, word) for key, word in CATEGORIES.items()])
    occurred_at = WallClockField(label=_("When it happened"))
    description = _text(_("What happened"))

    def __init__(self, *args: Any, sites: QuerySet[Site], zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = zone
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_category(self) -> DeviationCategory:
        return DeviationCategory(self.cleaned_data["category"])

    def clean_occurred_at(self) -> datetime:
        return from_wall_clock(self.cleaned_data["occurred_at"], timezone=self._zone)


class ClassificationForm(forms.Form):
    classification = forms.ChoiceField(
        label=_("Classification"), choices=[(key.value, word) for key, word in CLASSES.items() if key.value]
    )
    assessment = _text(_("What it means for the participant and for the results"))
    corrective_action = _text(_("What is done about it"), required=False)

    def clean_classification(self) -> DeviationClass:
        return DeviationClass(self.cleaned_data["classification"])
