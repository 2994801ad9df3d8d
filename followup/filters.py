"""What the list of visits can be narrowed to, the same on the page and in the API."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from followup.models import Visit
from followup.selectors.visit_list import Wanted, wanted_rows
from trial.edge.context import trial_of

_WANTED = [
    (Wanted.TO_DO.value, _("To do: due or overdue")),
    (Wanted.OVERDUE.value, _("Overdue")),
    (Wanted.DUE.value, _("Due now")),
    (Wanted.UPCOMING.value, _("Upcoming")),
    (Wanted.DONE.value, _("Done")),
    (Wanted.MISSED.value, _("Missed")),
]


class VisitFilter(django_filters.FilterSet):
    """``search`` is the beginning of a subject's code; ``code`` the code of a visit, such as I1D28; the days are those
    a visit is planned for."""

    search = django_filters.CharFilter(
        label=_("Subject begins with"), method="by_subject", widget=forms.TextInput(attrs={"type": "search"})
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=_WANTED, method="by_status", empty_label=_("Any status")
    )
    code = django_filters.CharFilter(label=_("Visit"), field_name="code", lookup_expr="iexact")
    nominal_from = django_filters.DateFilter(
        label=_("Planned from"),
        field_name="nominal_on",
        lookup_expr="gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    nominal_to = django_filters.DateFilter(
        label=_("Planned to"),
        field_name="nominal_on",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = Visit
        fields: list[str] = []

    def by_subject(self, visits: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        typed = value.strip()
        return visits.filter(Q(subject__code__startswith=typed) | Q(subject__code__startswith=typed.upper()))

    def by_status(self, visits: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        return visits.filter(wanted_rows(Wanted(value), at=trial_of(self.request).at))
