"""What the lists of enrolment can be narrowed to, the same on the page and in the API."""

from __future__ import annotations

from datetime import date, timedelta

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Screening, Subject
from enrollment.rules.screening_log import AttemptOutcome
from enrollment.rules.states import SubjectState
from enrollment.selectors.reconsent import due_subjects
from enrollment.selectors.screening_log import OUTCOMES
from trial.edge.context import trial_of
from trial.models import Cohort, Site
from trial.rules.site_time import start_of_day
from trial.templatetags.states import look_of

_STATES = [(state.value, look_of(state).word) for state in SubjectState]
_ATTEMPT_OUTCOMES = [(outcome.value, look_of(outcome).word) for outcome in AttemptOutcome]
_MONTH = r"^(19|2[01])\d\d-(0[1-9]|1[0-2])$"


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


class ScreeningLogFilter(django_filters.FilterSet):
    """``month``: in which the attempt was begun, on the clock of the study's first site, such as 2026-03."""

    outcome = django_filters.ChoiceFilter(
        label=_("Outcome"), choices=_ATTEMPT_OUTCOMES, empty_label=_("Any outcome"), method="by_outcome"
    )
    site = django_filters.CharFilter(label=_("Site"), field_name="subject__site__code")
    month = django_filters.CharFilter(
        label=_("Begun in"),
        method="by_month",
        validators=[RegexValidator(_MONTH, _("A month is written as 2026-03."))],
        widget=forms.TextInput(attrs={"type": "month"}),
    )

    class Meta:
        model = Screening
        fields: list[str] = []

    def by_outcome(self, attempts: QuerySet[Screening], name: str, value: str) -> QuerySet[Screening]:
        return attempts.filter(OUTCOMES[AttemptOutcome(value)])

    def by_month(self, attempts: QuerySet[Screening], name: str, value: str) -> QuerySet[Screening]:
        zone = trial_of(self.request).access.timezone
        first = date.fromisoformat(f"{value}-01")
        next_first = (first + timedelta(days=31)).replace(day=1)
        since, until = (start_of_day(day, timezone=zone) for day in (first, next_first))
        return attempts.filter(started_at__gte=since, started_at__lt=until)


def choose_from(filters: SubjectFilter, *, cohorts: list[Cohort], sites: list[Site]) -> None:
    """On a page the cohorts and sites are chosen from a list."""
    fields = filters.form.fields
    fields["cohort"] = _choice(_("Cohort"), _("Any cohort"), [(str(c.number), str(c)) for c in cohorts])
    choose_site(filters, sites=sites)


def choose_site(filters: django_filters.FilterSet, *, sites: list[Site]) -> None:
    """One site alone is no choice."""
    fields = filters.form.fields
    if len(sites) > 1:
        fields["site"] = _choice(_("Site"), _("Any site"), [(site.code, site.name) for site in sites])
    else:
        del fields["site"]


def _choice(label: str | Promise, empty: str | Promise, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=str(label), choices=[("", empty), *choices], required=False)
