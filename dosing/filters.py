"""What the list of infusions can be narrowed to."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dosing.models import Infusion
from dosing.rules.states import InfusionState
from trial.templatetags.states import look_of

_STATES = [(state.value, look_of(state).word) for state in InfusionState]


class InfusionFilter(django_filters.FilterSet):
    """``search`` is the beginning of a subject's code; the days are those an infusion is planned for."""

    search = django_filters.CharFilter(
        label=_("Subject begins with"), method="by_subject", widget=forms.TextInput(attrs={"type": "search"})
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=_STATES, empty_label=_("Any state"))
    planned_from = django_filters.DateFilter(
        label=_("Planned from"),
        field_name="planned_on",
        lookup_expr="gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    planned_to = django_filters.DateFilter(
        label=_("Planned to"),
        field_name="planned_on",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = Infusion
        fields: list[str] = []

    def by_subject(self, infusions: QuerySet[Infusion], name: str, value: str) -> QuerySet[Infusion]:
        typed = value.strip()
        return infusions.filter(Q(subject__code__startswith=typed) | Q(subject__code__startswith=typed.upper()))
