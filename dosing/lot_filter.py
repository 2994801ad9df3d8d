"""What the list of lots can be narrowed to."""

from __future__ import annotations

import django_filters

from dosing.models import ProductLot
from dosing.rules.states import LotState


class LotFilter(django_filters.FilterSet):
    """``search`` is the beginning of a number."""

    search = django_filters.CharFilter(field_name="number", lookup_expr="istartswith")
    state = django_filters.ChoiceFilter(choices=[(state.value, state.value) for state in LotState])

    class Meta:
        model = ProductLot
        fields: list[str] = []
