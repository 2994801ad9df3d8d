"""Units set aside, and the page on which quality assurance decides one of them by signature."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.forms.custody import QuarantineForm
from dosing.models import Quarantine
from dosing.rules.states import ExcursionDecision
from dosing.rules.unit_handling import may_decide_quarantine
from dosing.selectors.custody import quarantine_or_404, visible_quarantines
from dosing.services import quarantines
from dosing.views.answering import done
from dosing.views.product_head import product_head
from trial.edge.acting import Outcome, attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import content_hash
from trial.templatetags.look import quantity, trial_time
from trial.templatetags.states import look_of

_PAGE_SIZE = 50
# What is still to be chosen and typed: as if it were there.
_SOME_TEXT = "-"


@requires(Permission.PRODUCT_VIEW)
def quarantine_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    page = Paginator(visible_quarantines(trial), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "table": {
            "caption": _("Units set aside"),
            "caption_hidden": True,
            "columns": [
                {"label": _("Unit")},
                {"label": _("Decision")},
                {"label": _("Set aside")},
                {"label": _("Why")},
                {"label": _("Before")},
                {"label": _("Unit now")},
            ],
            "rows": [_row(quarantine, zone=trial.access.timezone) for quarantine in page],
            "page": page,
            "empty": {
                "title": _("Nothing is set aside"),
                "text": _("A temperature outside its limits, or the pharmacy, sets units aside."),
            },
        },
        **product_head(here="quarantine-list"),
    }
    return render(request, "dosing/quarantine_list.html", context)


def _row(quarantine: Quarantine, *, zone: str) -> dict[str, object]:
    return {
        "cells": [
            {"value": str(quarantine.unit), "url": reverse("quarantine", args=[quarantine.pk])},
            {"state": quarantine.decision or "DUE", "value": "" if quarantine.decision else _("To decide")},
            {
                "value": trial_time(quarantine.began_at, zone),
                "note": quarantine.began_by.printed_name,
                "when": True,
            },
            {"value": quarantine.reason},
            {"state": quarantine.state_before},
            {"state": quarantine.unit.state},
        ],
        "tone": "" if quarantine.decision else "stop",
    }


@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_RELEASE)
def quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = quarantine_or_404(trial, pk)
    seen = content_hash(quarantines.shown_content(shown))
    sent = request.POST if request.method == "POST" else None
    form = QuarantineForm(sent, meaning=Meaning.QUARANTINE_DECISION, content_hash=seen)
    outcome: Outcome[Quarantine] = Outcome(None)
    if sent is not None and form.is_valid():
        values = form.cleaned_data
        outcome = attempt(
            lambda: quarantines.decide(
                quarantine=shown,
                decision=ExcursionDecision(values["decision"]),
                rationale=values["rationale"],
                proof=form.proof(request, expected=trial.user),
                at=trial.at,
            )
        )
        if not outcome.refused:
            return done(request, _("The decision is signed."), "quarantine", pk)
    return _page(request, trial, shown, form, outcome, seen=seen)


def _page(
    request: HttpRequest,
    trial: TrialContext,
    shown: Quarantine,
    form: QuarantineForm,
    outcome: Outcome[Quarantine],
    *,
    seen: str,
) -> HttpResponse:
    deciding = may_decide_quarantine(
        is_open=not shown.decision, decision=ExcursionDecision.USABLE, rationale=_SOME_TEXT
    )
    context = {
        "quarantine": shown,
        "unit": shown.unit,
        "facts": quarantine_facts(shown, zone=trial.access.timezone),
        "form": form,
        "content_hash": seen,
        "blocked": (trial.check(Permission.PRODUCT_RELEASE) + deciding).reasons,
        "reasons": outcome.reasons,
        "zone": trial.access.timezone,
        **product_head(here="quarantine-list", trail=((str(shown.unit), ""),)),
    }
    return render(request, "dosing/quarantine.html", context, status=outcome.status)


def quarantine_facts(shown: Quarantine, *, zone: str) -> list[dict[str, object]]:
    excursion, signature = shown.excursion, shown.decision_signature
    facts: list[dict[str, object]] = [
        {"label": _("Unit"), "value": str(shown.unit), "url": reverse("unit", args=[shown.unit_id])},
        {"label": _("Set aside"), "value": trial_time(shown.began_at, zone), "note": shown.began_by.printed_name},
        {"label": _("Why"), "value": shown.reason},
        {"label": _("Before"), "value": str(look_of(shown.state_before).word)},
    ]
    if excursion is not None:
        ended = trial_time(excursion.ended_at, zone) if excursion.ended_at else _("goes on")
        facts += [
            {"label": _("Excursion at"), "value": excursion.place},
            {"label": _("From"), "value": trial_time(excursion.began_at, zone)},
            {"label": _("Until"), "value": ended},
            {"label": _("Furthest from the limits"), "value": quantity(excursion.worst_celsius, "°C")},
        ]
    if signature is not None:
        facts += [
            {"label": _("Decision"), "value": str(look_of(shown.decision).word), "note": shown.rationale},
            {"label": _("Signed"), "value": trial_time(shown.decided_at, zone), "note": signature.printed_name},
        ]
    return facts
