"""The list of adverse events, and one event with its grades, its weight at the gate and its history."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from followup.views.addresses import address
from safety.filters import EventFilter
from safety.forms.event import RegradeForm
from safety.models import AdverseEvent
from safety.rules.event_changes import may_change
from safety.selectors.consequences import Consequences
from safety.selectors.ctcae import defined_grades
from safety.selectors.event_history import event_history
from safety.selectors.events import event_or_404, visible_events, weighing
from safety.views.event_rows import event_columns, event_facts, event_row, history_row
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import site_date

_PAGE_SIZE = 50
_SOME_TEXT = "-"


@requires(Permission.EVENT_VIEW)
def event_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    filters = EventFilter(request.GET, queryset=visible_events(trial), request=request)
    page = Paginator(filters.qs, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": filters.form,
        "is_filtered": any(filters.form.data.get(name) for name in filters.form.fields),
        "table": {
            "caption": _("Adverse events"),
            "caption_hidden": True,
            "columns": event_columns(),
            "rows": [event_row(event) for event in page],
            "page": page,
            "empty": {
                "title": _("No adverse event here"),
                "text": _(
                    "An event is recorded from the page of its participant, or of the visit at which it was told."
                ),
                "url": reverse("visit-list"),
                "action": _("To the visits"),
            },
        },
        "breadcrumbs": [{"label": _("Adverse events")}],
    }
    return render(request, "safety/event_list.html", context)


@requires(Permission.EVENT_VIEW)
def event(request: HttpRequest, pk: int) -> HttpResponse:
    return event_page(request, event_or_404(trial_of(request), pk=pk))


def event_page(
    request: HttpRequest,
    found: AdverseEvent,
    *,
    form: RegradeForm | None = None,
    following: Consequences | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """The page of an event; ``form`` and ``reasons`` of a grade that was refused stand beside its control."""
    trial = trial_of(request)
    zone, site = found.subject.site.timezone, found.subject.site
    changing = may_change(voided=found.voided_at is not None, reason=_SOME_TEXT)
    assessing = trial.check(Permission.EVENT_ASSESS, site=site) + changing
    amending = trial.check(Permission.EVENT_RECORD, site=site) + changing
    grades = defined_grades(found.ctcae_term)
    context = {
        "event": found,
        "zone": zone,
        "title": f"{found.subject.code} AE {found.number}",
        "subject_url": address("subject", found.subject.code),
        "facts": event_facts(found),
        "grades": list(found.grades.all()),
        "weighing": weighing(found, at=trial.at),
        "history": [history_row(entry) for entry in event_history(found)],
        "form": form
        or RegradeForm(grades=grades, initial={"graded_on": site_date(trial.at, timezone=zone).isoformat()}),
        "following": following,
        "reasons": reasons,
        "regrading": assessing.reasons,
        "amending": amending.reasons,
        "voiding": assessing.reasons,
        "breadcrumbs": [
            {"label": _("Adverse events"), "url": reverse("event-list")},
            {"label": f"{found.subject.code} AE {found.number}"},
        ],
    }
    return render(request, "safety/event.html", context, status=status)
