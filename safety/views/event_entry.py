"""Recording an adverse event: the term searched as one types, and what follows from it before it is saved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from enrollment.models import Subject
from enrollment.selectors.subjects import site_of_subject, subject_or_404
from followup.views.addresses import address
from safety.forms.event import RecordEventForm
from safety.rules.states import ActionTaken, Outcome, Relationship
from safety.selectors.consequences import Consequences, consequences
from safety.selectors.ctcae import defined_grades, search
from safety.selectors.events import infusions_to_link, visits_to_link
from safety.services import adverse_events
from safety.views.answering import see, was_shown
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.drafts import settle_draft
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import at_site
from trial.templatetags.look import trial_date


@requires(Permission.EVENT_VIEW, post=Permission.EVENT_RECORD, drafts=site_of_subject)
def event_record(request: HttpRequest, code: str) -> HttpResponse:
    """What follows from an event is shown before it is saved: one that was not shown yet is shown instead."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    if request.method != "POST":
        return _page(request, subject, _form(trial, subject, initial=_initial(request, trial, subject)))
    if "choose" in request.POST or "find" in request.POST:
        return _choosing(request, trial, subject)
    form = _form(trial, subject, data=request.POST)
    if not form.is_valid():
        return _page(request, subject, form)
    entry = form.entry()
    following = consequences(subject, entry, at=trial.at)
    if not was_shown(request, following):
        return _page(request, subject, form, following=following, is_asked=True)
    outcome = attempt(lambda: adverse_events.record(subject=subject, entry=entry, by=trial.user, at=trial.at))
    if outcome.result is None:
        return _page(request, subject, form, following=following, reasons=outcome.reasons, status=outcome.status)
    settle_draft(request)
    messages.success(request, _("%(event)s is recorded.") % {"event": outcome.result})
    return see("event", outcome.result.pk)


@require_POST
@requires(Permission.EVENT_RECORD)
def event_consequences(request: HttpRequest, code: str) -> HttpResponse:
    """The panel beside the form, as one types. An entry that is not complete yet has no consequences."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    form = _form(trial, subject, data=request.POST)
    following = consequences(subject, form.entry(), at=trial.at) if form.is_valid() else None
    return render(request, "safety/_consequences.html", {"following": following})


@require_GET
@requires(Permission.EVENT_VIEW)
def event_terms(request: HttpRequest) -> HttpResponse:
    """Suggestions for what was typed, and the grades of the term if it is one already."""
    typed = request.GET.get("ctcae_term", "")
    form = _term_form(typed, grade=request.GET.get("grade", ""))
    context = {"terms": search(typed), "typed": typed, "form": form}
    return render(request, "safety/_terms.html", context)


@require_GET
@requires(Permission.EVENT_VIEW)
def event_term(request: HttpRequest) -> HttpResponse:
    """The field with the term that was chosen, and the grades that CTCAE defines for it."""
    chosen = request.GET.get("choose", "")
    form = _term_form(chosen, grade=request.GET.get("grade", ""))
    response = render(request, "safety/_term_chosen.html", {"form": form})
    response["HX-Trigger"] = "term-chosen"
    return response


def _choosing(request: HttpRequest, trial: TrialContext, subject: Subject) -> HttpResponse:
    """Without script the buttons of the suggestions send the form: nothing is saved, nothing is lost."""
    typed = request.POST
    values = {name: typed.getlist(name) if name == "seriousness_criteria" else typed[name] for name in typed}
    values["ctcae_term"] = typed.get("choose", typed.get("ctcae_term", ""))
    terms = search(typed.get("ctcae_term", "")) if "find" in typed else ()
    return _page(request, subject, _form(trial, subject, initial=values), terms=terms)


def _form(trial: TrialContext, subject: Subject, *, data: Any = None, initial: Any = None) -> RecordEventForm:
    given = data if data is not None else (initial or {})
    zone = subject.site.timezone
    return RecordEventForm(
        data,
        initial={"relationship": Relationship.NOT_ASSESSED.value} | (initial or {}),
        grades=defined_grades(given.get("ctcae_term", "").strip()),
        visits=[(visit.code, visit.code) for visit in visits_to_link(subject)],
        infusions=[
            (str(i.number), f"{i.number} ({trial_date(i.started_at, zone)})") for i in infusions_to_link(subject)
        ],
        timezone=zone,
        may_assess=trial.may(Permission.EVENT_ASSESS, site=subject.site),
    )


def _term_form(term: str, *, grade: str) -> RecordEventForm:
    return RecordEventForm(
        initial={"ctcae_term": term, "grade": grade},
        grades=defined_grades(term.strip()),
        visits=(),
        infusions=(),
        timezone="UTC",
        may_assess=True,
    )


def _initial(request: HttpRequest, trial: TrialContext, subject: Subject) -> dict[str, object]:
    """What the page that leads here knows already: a visit, an infusion, a term, when it began. A draft only."""
    now = at_site(trial.at, timezone=subject.site.timezone).replace(tzinfo=None, second=0, microsecond=0)
    told = request.GET
    onset_on, _t, onset_time = told.get("onset", "").partition("T")
    term = told.get("term", "")
    return {
        "reported_term": term,
        "ctcae_term": term if defined_grades(term) else "",
        "onset_on": onset_on,
        "onset_time": onset_time,
        "aware_at": now,
        "outcome": Outcome.NOT_RECOVERED.value,
        "action_taken": ActionTaken.NONE.value,
        "visit": told.get("visit", ""),
        "infusion": told.get("infusion", ""),
        "infusion_reaction": bool(told.get("infusion")) and told.get("reaction") != "no",
    }


def _page(
    request: HttpRequest,
    subject: Subject,
    form: RecordEventForm,
    *,
    following: Consequences | None = None,
    is_asked: bool = False,
    terms: tuple[object, ...] = (),
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    trial = trial_of(request)
    context = {
        "subject": subject,
        "subject_url": address("subject", subject.code),
        "form": form,
        "following": following,
        "is_asked": is_asked,
        "terms": terms,
        "reasons": reasons,
        "blocked": trial.check(Permission.EVENT_RECORD, site=subject.site).reasons,
        "breadcrumbs": [
            {"label": _("Adverse events"), "url": reverse("event-list")},
            {"label": subject.code, "url": address("subject", subject.code)},
            {"label": _("Record an event")},
        ],
    }
    return render(request, "safety/event_record.html", context, status=status)
