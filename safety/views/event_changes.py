"""Changing an adverse event that was recorded: another grade, other fields, void. Each with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from safety.forms.event import AmendEventForm, RegradeForm, VoidForm, initial_of
from safety.models import AdverseEvent
from safety.rules.event_changes import may_change
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.terms import CtcaeTerm
from safety.selectors.consequences import Consequences, consequences
from safety.selectors.ctcae import defined_grades, search
from safety.selectors.event_entries import entry_of
from safety.selectors.events import event_or_404
from safety.services import adverse_events
from safety.services.adverse_events import AdverseEventChanges
from safety.views.answering import see, was_shown
from safety.views.event_rows import event_facts
from safety.views.events import event_page
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import at_site

_SOME_TEXT = "-"


@require_POST
@requires(Permission.EVENT_ASSESS)
def event_regrade(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    found = event_or_404(trial, pk=pk)
    form = RegradeForm(request.POST, grades=defined_grades(found.ctcae_term))
    if not form.is_valid():
        return event_page(request, found, form=form)
    values = form.cleaned_data
    graded = replace(entry_of(found), grade=values["grade"], graded_on=values["graded_on"])
    following = consequences(found.subject, graded, at=trial.at, replacing=found)
    if not was_shown(request, following):
        return event_page(request, found, form=form, following=following)
    outcome = attempt(
        lambda: adverse_events.regrade(
            event=found,
            grade=values["grade"],
            graded_on=values["graded_on"],
            reason=values["reason"],
            by=trial.user,
            at=trial.at,
        )
    )
    if outcome.refused:
        return event_page(request, found, form=form, reasons=outcome.reasons, status=outcome.status)
    messages.success(request, _("Grade %(n)s is entered.") % {"n": values["grade"]})
    return see("event", pk)


@requires(Permission.EVENT_VIEW, post=Permission.EVENT_RECORD)
def event_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever records may correct what does not weigh at a gate; what does is changed by an investigator."""
    trial = trial_of(request)
    found = event_or_404(trial, pk=pk)
    zone = found.subject.site.timezone
    aware_at = at_site(found.aware_at, timezone=zone).replace(tzinfo=None, second=0, microsecond=0)
    form = AmendEventForm(
        request.POST or None,
        initial=initial_of(entry_of(found), aware_at=aware_at),
        timezone=zone,
        may_assess=trial.may(Permission.EVENT_ASSESS, site=found.subject.site),
    )
    if "choose" in request.POST or "find" in request.POST:
        form, terms = _choosing(request, form)
        return _amend_page(request, found, form, terms=terms)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        changes = cast("AdverseEventChanges", _changed(form, found))
        following = consequences(found.subject, _after(found, changes), at=trial.at, replacing=found)
        if not was_shown(request, following):
            return _amend_page(request, found, form, following=following)
        outcome = attempt(
            lambda: adverse_events.amend(
                event=found, changes=changes, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at
            )
        )
        if not outcome.refused:
            messages.success(request, _("The event is changed; what it was before stays in its history."))
            return see("event", pk)
        reasons, status = outcome.reasons, outcome.status
    return _amend_page(request, found, form, reasons=reasons, status=status)


@requires(Permission.EVENT_VIEW, post=Permission.EVENT_ASSESS)
def event_void(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    found = event_or_404(trial, pk=pk)
    form = VoidForm(request.POST or None)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            lambda: adverse_events.void(event=found, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at)
        )
        if not outcome.refused:
            messages.success(request, _("The event is voided. It stays readable, and every dossier lists it."))
            return see("event", pk)
        reasons, status = outcome.reasons, outcome.status
    changing = may_change(voided=found.voided_at is not None, reason=_SOME_TEXT)
    context = {
        "event": found,
        "facts": event_facts(found),
        "form": form,
        "reasons": reasons,
        "blocked": (trial.check(Permission.EVENT_ASSESS, site=found.subject.site) + changing).reasons,
        "breadcrumbs": _crumbs(found, _("Void")),
    }
    return render(request, "safety/event_void.html", context, status=status)


def _choosing(request: HttpRequest, form: AmendEventForm) -> tuple[AmendEventForm, tuple[CtcaeTerm, ...]]:
    """Without script the buttons of the suggestions send the form: nothing is saved, nothing is lost."""
    typed = request.POST
    values = {name: typed.getlist(name) if name == "seriousness_criteria" else typed[name] for name in typed}
    terms = search(typed.get("ctcae_term", "")) if "find" in typed else ()
    values["ctcae_term"] = typed.get("choose", typed.get("ctcae_term", ""))
    may_assess = not form.fields["relationship"].disabled
    return AmendEventForm(initial=values, timezone=form.timezone, may_assess=may_assess), terms


def _amend_page(
    request: HttpRequest,
    found: AdverseEvent,
    form: AmendEventForm,
    *,
    terms: tuple[CtcaeTerm, ...] = (),
    following: Consequences | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    changing = may_change(voided=found.voided_at is not None, reason=_SOME_TEXT)
    recording = trial_of(request).check(Permission.EVENT_RECORD, site=found.subject.site)
    context = {
        "event": found,
        "form": form,
        "terms": terms,
        "following": following,
        "reasons": reasons,
        "blocked": (recording + changing).reasons,
        "breadcrumbs": _crumbs(found, _("Change")),
    }
    return render(request, "safety/event_amend.html", context, status=status)


def _changed(form: AmendEventForm, found: AdverseEvent) -> dict[str, object]:
    """Only what differs: an untouched field is no change, and needs no right to change it."""
    before = entry_of(found)
    return {
        name: value
        for name, value in form.written().items()
        if value != getattr(before, name) and name in _touched(form)
    }


def _after(found: AdverseEvent, changes: AdverseEventChanges) -> AdverseEventEntry:
    """The event as it would be. Its grade stays as it is: another grade is entered by itself."""
    return replace(entry_of(found), **changes)


def _touched(form: AmendEventForm) -> frozenset[str]:
    """Names of the entry that the form changed in the eyes of its reader."""
    moments = {"onset_on": "onset", "onset_time": "onset", "ended_on": "ended", "ended_time": "ended"}
    return frozenset(moments.get(name, name) for name in form.changed_data)


def _crumbs(found: AdverseEvent, last: str) -> list[dict[str, str]]:
    return [
        {"label": _("Adverse events"), "url": reverse("event-list")},
        {"label": f"{found.subject.code} AE {found.number}", "url": reverse("event", args=[found.pk])},
        {"label": last},
    ]
