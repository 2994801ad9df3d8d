"""The list of subjects, its export, and registration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.filters import SubjectFilter, choose_from
from enrollment.forms.consent import RegistrationForm
from enrollment.models import Subject
from enrollment.selectors.consents import explainers, versions_at
from enrollment.selectors.subject_list import DEFAULT_SORT, listed_subjects, ordering, page_of
from enrollment.selectors.subjects import sites_of
from enrollment.services import subjects
from enrollment.views.listing import CHUNK, csv_file, place_in
from enrollment.views.rows import subject_row
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.models import Cohort
from trial.permissions import Permission
from trial.rules.site_time import site_date

_EXPORTED = ("code", "state", "cohort", "slot", "subject_number", "site", "registered_on", "withdrawn_on", "died_on")


@requires(Permission.SUBJECT_VIEW)
def subject_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    filters = _filters(request, trial)
    page = page_of(filters.qs, sort=request.GET.get("sort", DEFAULT_SORT), place=place_in(request))
    registering = trial.check(Permission.SUBJECT_REGISTER)
    context = {
        "form": filters.form,
        "page": page,
        "is_filtered": any(filters.form.data.get(name) for name in filters.form.fields),
        "table": {
            "caption": _("Subjects"),
            "caption_hidden": True,
            "columns": _columns(),
            "rows": [subject_row(subject) for subject in page.rows],
        },
        "may_register": registering.allowed,
        "breadcrumbs": [{"label": _("Subjects")}],
    }
    return render(request, "enrollment/subject_list.html", context)


@requires(Permission.REPORT_DOWNLOAD)
def subject_export(request: HttpRequest) -> StreamingHttpResponse:
    """Every row of the list as it is narrowed and sorted on the screen, not of one page of it only."""
    trial = trial_of(request)
    rows = _filters(request, trial).qs.order_by(*ordering(request.GET.get("sort", DEFAULT_SORT)))
    return csv_file(trial, name="subjects", head=_EXPORTED, rows=_exported(rows.iterator(chunk_size=CHUNK)))


@requires(Permission.SUBJECT_REGISTER)
def register(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    sites = sites_of(trial, permission=Permission.SUBJECT_REGISTER)
    form = RegistrationForm(
        request.POST or None,
        versions=versions_at(sites),
        explainers=explainers(trial.study, at=trial.at, sites=sites),
    )
    context: dict[str, object] = {
        "form": form,
        "breadcrumbs": [{"label": _("Subjects"), "url": reverse("subject-list")}, {"label": _("Register")}],
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        entry = form.entry()
        outcome = attempt(lambda: subjects.register(site=entry.version.site, consent=entry, by=trial.user, at=trial.at))
        if outcome.result is not None:
            return _registered(request, outcome.result)
        context["reasons"], status = outcome.reasons, outcome.status
    return render(request, "enrollment/register.html", context, status=status)


def _registered(request: HttpRequest, subject: Subject) -> HttpResponse:
    messages.success(request, _("%(code)s is registered.") % {"code": subject.code})
    if subject.state == "SCREENING":
        return redirect("screening", code=subject.code)
    return redirect("subject-list")


def _filters(request: HttpRequest, trial: TrialContext) -> SubjectFilter:
    filters = SubjectFilter(request.GET, queryset=listed_subjects(trial))
    choose_from(
        filters,
        cohorts=list(Cohort.objects.filter(study=trial.study)),
        sites=list(sites_of(trial, permission=Permission.SUBJECT_VIEW)),
    )
    return filters


def _columns() -> list[dict[str, str]]:
    return [
        {"label": _("Code"), "sort": "code"},
        {"label": _("State"), "sort": "state"},
        {"label": _("Cohort and slot")},
        {"label": _("Site")},
        {"label": _("Registered"), "sort": "registered"},
    ]


def _exported(rows: Iterable[Subject]) -> Iterator[Sequence[object]]:
    for subject in rows:
        zone = subject.site.timezone
        allocation = getattr(subject, "allocation", None)
        yield [
            subject.code,
            subject.state,
            allocation.slot.cohort.number if allocation else "",
            allocation.slot.label if allocation else "",
            allocation.subject_number if allocation else "",
            subject.site.code,
            site_date(subject.registered_at, timezone=zone).isoformat(),
            subject.withdrawn_on.isoformat() if subject.withdrawn_on else "",
            site_date(subject.died_at, timezone=zone).isoformat() if subject.died_at else "",
        ]
