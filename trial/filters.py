"""What the list of deviations can be narrowed to, the same on the page and in the API."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from trial.deviation_labels import CATEGORIES, CLASSES
from trial.models import Deviation

OPEN = "open"


class DeviationFilter(django_filters.FilterSet):
    """``search`` is the beginning of a subject's code."""

    search = django_filters.CharFilter(
        label=_("Subject"),
        field_name="subject_code",
        lookup_expr="istartswith",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    category = django_filters.ChoiceFilter(
        label=_("Category"), choices=[(key.value, word) for key, word in CATEGORIES.items()], empty_label=_("Any")
    )
    classification = django_filters.ChoiceFilter(
        label=_("Classification"),
        choices=[(key.value or OPEN, word) for key, word in CLASSES.items()],
        method="by_class",
        empty_label=_("Any"),
    )

    class Meta:
        model = Deviation
        fields: list[str] = []

    def by_class(self, deviations: QuerySet[Deviation], name: str, value: str) -> QuerySet[Deviation]:
        return deviations.filter(classification="" if value == OPEN else value)
