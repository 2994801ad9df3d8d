"""The list of visits, and one visit: planned, window and actual side by side; entered as done, or as missed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from followup.filters import VisitFilter
from followup.forms.visit import CompleteVisitForm, MissedVisitForm
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer, VisitState
from followup.selectors.visit_list import Wanted, visible_visits, visit_counts
from followup.selectors.visit_page import visit_page
from followup.selectors.visits import visit_line
from followup.services import visits
from followup.views.addresses import address
from followup.views.rows import visit_columns, visit_row
from followup.views.shown import visit_facts_shown, visit_record_shown
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.drafts import settle_draft
from trial.models import Site
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import at_site, from_wall_clock

_PAGE_SIZE = 50


@requires(Permission.SUBJECT_VIEW)
def visit_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    visible = visible_visits(trial)
    asked = request.GET or QueryDict(f"status={Wanted.TO_DO.value}")
    filters = VisitFilter(asked, queryset=visible, request=request)
    page = Paginator(filters.qs, _PAGE_SIZE).get_page(request.GET.get("page"))
    counts = visit_counts(visible, at=trial.at)
    context = {
        "form": filters.form,
        "counts": counts,
        "compliance_note": _compliance_note(counts.compliance.percent),
        "is_filtered": any(filters.form.data.get(name) for name in filters.form.fields),
        "table": {
            "caption": _("Visits"),
            "caption_hidden": True,
            "columns": visit_columns(),
            "rows": [visit_row(visit_line(visit, at=trial.at)) for visit in page],
            "page": page,
            "empty": {
                "title": _("No visit here"),
                "text": _("Nothing is due under this choice. “All” shows every visit, whatever its state."),
                "icon": "calendar",
            },
        },
        "breadcrumbs": [{"label": _("Visits")}],
    }
    return render(request, "followup/visit_list.html", context)


def _site(trial: TrialContext, *, pk: int) -> Site:
    return _found(trial, pk).subject.site


@requires(Permission.SUBJECT_VIEW, post=Permission.VISIT_EDIT, drafts=_site)
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a visit; a POST enters it as done. The answer "yes" leads on to the form of the event."""
    trial = trial_of(request)
    found = _found(trial, pk)
    if request.method != "POST":
        return _page(request, found)
    form = CompleteVisitForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    zone = found.subject.site.timezone
    answer = AdverseEventAnswer(form.cleaned_data["adverse_events_asked"])
    outcome = attempt(
        lambda: visits.complete(
            visit=found,
            done_at=from_wall_clock(form.cleaned_data["done_at"], timezone=zone),
            adverse_events_asked=answer,
            note=form.cleaned_data["note"],
            by=trial.user,
            at=trial.at,
        )
    )
    if outcome.refused:
        return _page(request, found, form=form, reasons=outcome.reasons, status=outcome.status)
    settle_draft(request)
    messages.success(request, _("Visit %(visit)s is entered.") % {"visit": found})
    if answer is AdverseEventAnswer.YES:
        return _to(f"{reverse('event-record', args=[found.subject.code])}?{urlencode({'visit': found.code})}")
    return _to(reverse("visit", args=[pk]))


@require_POST
@requires(Permission.VISIT_EDIT)
def visit_missed(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    found = _found(trial, pk)
    form = MissedVisitForm(request.POST)
    if not form.is_valid():
        return _page(request, found, missed_form=form)
    outcome = attempt(
        lambda: visits.mark_missed(visit=found, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at)
    )
    if outcome.refused:
        return _page(request, found, missed_form=form, missed_reasons=outcome.reasons, status=outcome.status)
    messages.success(request, _("Visit %(visit)s is entered as missed.") % {"visit": found})
    return _to(reverse("visit", args=[pk]))


def _compliance_note(percent: Decimal | None) -> str:
    if percent is None:
        return _("no window has closed yet")
    return _("%(percent)s %% of the windows that have closed") % {"percent": percent}


def _found(trial: TrialContext, pk: int) -> Visit:
    rows = visible_visits(trial).select_related(
        "subject__site", "subject__study", "subject__protocol_version", "recorded_by"
    )
    return get_object_or_404(rows, pk=pk)


def _page(
    request: HttpRequest,
    found: Visit,
    *,
    form: CompleteVisitForm | None = None,
    missed_form: MissedVisitForm | None = None,
    reasons: tuple[Reason, ...] = (),
    missed_reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    trial = trial_of(request)
    zone = found.subject.site.timezone
    page = visit_page(found, at=trial.at)
    editing = trial.check(Permission.VISIT_EDIT, site=found.subject.site)
    now = at_site(trial.at, timezone=zone).replace(tzinfo=None, second=0, microsecond=0)
    context: Mapping[str, object] = {
        "visit": found,
        "line": page.line,
        "zone": zone,
        "subject_url": address("subject", found.subject.code),
        "form": form or CompleteVisitForm(initial={"done_at": now}),
        "missed_form": missed_form or MissedVisitForm(),
        "facts": visit_facts_shown(page),
        "recorded": visit_record_shown(found),
        "is_open": found.state == VisitState.PLANNED,
        "may_record": trial.may(Permission.EVENT_RECORD, site=found.subject.site),
        "completing": (*editing.reasons, *page.completing.reasons),
        "missing": (*editing.reasons, *page.missing.reasons),
        "reasons": reasons,
        "missed_reasons": missed_reasons,
        "breadcrumbs": [
            {"label": _("Visits"), "url": reverse("visit-list")},
            {"label": str(found)},
        ],
    }
    return render(request, "followup/visit.html", context, status=status)


def _to(url: str) -> HttpResponse:
    response = redirect(url)
    response.status_code = 303
    return response
