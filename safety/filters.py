"""What the lists of adverse events and holds can be narrowed to, the same on the page and in the API."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from safety.forms.labels import RELATIONSHIPS, choices
from safety.models import AdverseEvent
from trial.models import DosingHold

_YES_NO = [("true", _("Yes")), ("false", _("No"))]
_GRADES = [(str(grade), _("Grade %(n)s or higher") % {"n": grade}) for grade in range(2, 6)]


class EventFilter(django_filters.FilterSet):
    """``search`` is the beginning of a subject's code or a part of either term."""

    search = django_filters.CharFilter(
        label=_("Subject or term"), method="by_text", widget=forms.TextInput(attrs={"type": "search"})
    )
    cohort = django_filters.NumberFilter(label=_("Cohort"), field_name="subject__allocation__slot__cohort__number")
    grade = django_filters.ChoiceFilter(
        label=_("Grade"), choices=_GRADES, field_name="latest_grade", lookup_expr="gte", empty_label=_("Any grade")
    )
    serious = django_filters.ChoiceFilter(label=_("Serious"), choices=_YES_NO, method="by_flag", empty_label="—")
    relationship = django_filters.ChoiceFilter(
        label=_("Relationship"), choices=choices(RELATIONSHIPS), empty_label=_("Any")
    )
    voided = django_filters.ChoiceFilter(label=_("Voided"), choices=_YES_NO, method="by_voided", empty_label="—")

    class Meta:
        model = AdverseEvent
        fields: list[str] = []

    def by_text(self, events: QuerySet[AdverseEvent], name: str, value: str) -> QuerySet[AdverseEvent]:
        typed = value.strip()
        return events.filter(
            Q(subject__code__startswith=typed.upper())
            | Q(ctcae_term__icontains=typed)
            | Q(reported_term__icontains=typed)
        )

    def by_flag(self, events: QuerySet[AdverseEvent], name: str, value: str) -> QuerySet[AdverseEvent]:
        return events.filter(**{name: value == "true"})

    def by_voided(self, events: QuerySet[AdverseEvent], name: str, value: str) -> QuerySet[AdverseEvent]:
        return events.filter(voided_at__isnull=value == "false")


class HoldFilter(django_filters.FilterSet):
    in_force = django_filters.ChoiceFilter(label=_("In force"), choices=_YES_NO, method="by_force", empty_label="—")
    kind = django_filters.CharFilter(label=_("Kind"), lookup_expr="iexact")

    class Meta:
        model = DosingHold
        fields: list[str] = []

    def by_force(self, holds: QuerySet[DosingHold], name: str, value: str) -> QuerySet[DosingHold]:
        return holds.filter(lifted_at__isnull=value == "true")
