"""What the list of subjects can be narrowed to, the same on the page and in the API."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from enrollment.rules.states import SubjectState
from enrollment.selectors.reconsent import due_subjects
from trial.models import Cohort, Site
from trial.templatetags.states import look_of

_STATES = [(state.value, look_of(state).word) for state in SubjectState]


class SubjectFilter(django_filters.FilterSet):
    """``search`` is the beginning of a code."""

    search = django_filters.CharFilter(
        label=_("Code begins with"), method="by_prefix", widget=forms.TextInput(attrs={"type": "search"})
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=_STATES, empty_label=_("Any state"))
    cohort = django_filters.NumberFilter(label=_("Cohort"), method="by_cohort")
    site = django_filters.CharFilter(label=_("Site"), field_name="site__code")
    reconsent = django_filters.ChoiceFilter(
        label=_("Consent"), choices=[("due", _("Re-consent due"))], empty_label=_("Any"), method="by_reconsent"
    )

    class Meta:
        model = Subject
        fields: list[str] = []

    def by_prefix(self, subjects: QuerySet[Subject], name: str, value: str) -> QuerySet[Subject]:
        typed = value.strip()
        return subjects.filter(Q(code__startswith=typed) | Q(code__startswith=typed.upper()))

    def by_cohort(self, subjects: QuerySet[Subject], name: str, value: int) -> QuerySet[Subject]:
        return subjects.filter(allocation__slot__cohort__number=value, allocation__vacated_at__isnull=True)

    def by_reconsent(self, subjects: QuerySet[Subject], name: str, value: str) -> QuerySet[Subject]:
        return due_subjects(subjects)


def choose_from(filters: SubjectFilter, *, cohorts: list[Cohort], sites: list[Site]) -> None:
    """On a page the cohorts and sites are chosen from a list; one site alone is no choice."""
    fields = filters.form.fields
    fields["cohort"] = _choice(_("Cohort"), _("Any cohort"), [(str(c.number), str(c)) for c in cohorts])
    if len(sites) > 1:
        fields["site"] = _choice(_("Site"), _("Any site"), [(site.code, site.name) for site in sites])
    else:
        del fields["site"]


def _choice(label: str | Promise, empty: str | Promise, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=str(label), choices=[("", empty), *choices], required=False)
