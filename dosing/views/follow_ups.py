"""Recipients of product of which something was found later: the list, and closing one with its outcome."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.forms.custody import ReasonForm
from dosing.models import RecipientFollowUp
from dosing.selectors.custody import follow_up_or_404, visible_follow_ups
from dosing.services import follow_ups
from dosing.views.answering import done
from dosing.views.product_head import product_head
from trial.edge.acting import Outcome, attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.templatetags.look import trial_time

_PAGE_SIZE = 50


@requires(Permission.PRODUCT_VIEW)
def follow_up_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    page = Paginator(visible_follow_ups(trial), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "table": {
            "caption": _("Follow-ups of recipients"),
            "caption_hidden": True,
            "columns": follow_up_columns(),
            "rows": [follow_up_row(row, zone=trial.access.timezone) for row in page],
            "page": page,
            "empty": {
                "title": _("Nobody is to be followed up"),
                "text": _("A late test that fails, or an excursion, opens a follow-up for every recipient."),
            },
        },
        **product_head(here="follow-up-list"),
    }
    return render(request, "dosing/follow_up_list.html", context)


def follow_up_columns() -> list[dict[str, object]]:
    return [
        {"label": _("Subject")},
        {"label": _("State")},
        {"label": _("Lot")},
        {"label": _("Finding")},
        {"label": _("Opened")},
        {"label": _("Outcome")},
    ]


def follow_up_row(row: RecipientFollowUp, *, zone: str) -> dict[str, object]:
    """``row`` comes with its infusion, the subject of it, its lot and who closed it."""
    infusion = row.infusion
    closed = row.closed_at is not None
    return {
        "cells": [
            {
                "value": infusion.subject.code,
                "url": reverse("follow-up", args=[row.pk]),
                "note": _("infusion %(number)s") % {"number": infusion.number},
            },
            {"state": "CLOSED" if closed else "DUE"},
            {"value": row.lot.number, "url": reverse("lot", args=[row.lot.number])},
            {"value": row.finding},
            {"value": trial_time(row.opened_at, zone)},
            {"value": row.outcome or None, "note": row.closed_by.printed_name if row.closed_by else ""},
        ],
        "tone": "" if closed else "stop",
    }


@requires(Permission.PRODUCT_VIEW, post=Permission.EVENT_ASSESS)
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = follow_up_or_404(trial, pk)
    sent = request.POST if request.method == "POST" else None
    form = ReasonForm(sent, name="outcome", label=_("What came of it"))
    outcome: Outcome[RecipientFollowUp] = Outcome(None)
    if sent is not None and form.is_valid():
        text = form.cleaned_data["reason"]
        outcome = attempt(lambda: follow_ups.close(follow_up=shown, outcome=text, by=trial.user, at=trial.at))
        if not outcome.refused:
            return done(request, _("The follow-up is closed."), "follow-up", pk)
    zone, infusion = trial.access.timezone, shown.infusion
    context = {
        "follow_up": shown,
        "facts": [
            {
                "label": _("Subject"),
                "value": infusion.subject.code,
                "url": reverse("subject", args=[infusion.subject.code]),
            },
            {
                "label": _("Infusion"),
                "value": str(infusion.number),
                "url": reverse("infusion", args=[infusion.pk]),
                "note": trial_time(infusion.started_at, zone),
            },
            {"label": _("Lot"), "value": shown.lot.number, "url": reverse("lot", args=[shown.lot.number])},
            {"label": _("Finding"), "value": shown.finding},
            {"label": _("Opened"), "value": trial_time(shown.opened_at, zone)},
            *(
                [{"label": _("Outcome"), "value": shown.outcome, "note": shown.closed_by.printed_name}]
                if shown.closed_by
                else []
            ),
        ],
        "form": form,
        "blocked": trial.check(Permission.EVENT_ASSESS, site=infusion.subject.site).reasons,
        "reasons": outcome.reasons,
        **product_head(here="follow-up-list", trail=((infusion.subject.code, ""),)),
    }
    return render(request, "dosing/follow_up.html", context, status=outcome.status)
