"""Accountability: the balance of all lots with its file, what expires, the way of a lot, the product of a subject."""

from __future__ import annotations

import csv

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.models import ProductLot, ProductUnit
from dosing.rules.accountability import EMPTY, Balance
from dosing.rules.states import UnitState
from dosing.selectors.accountability import (
    TraceLine,
    balances,
    donors_of,
    lots_expiring,
    lots_of,
    trace_of_lot,
    trace_of_subject,
    units_running_out,
)
from dosing.selectors.lots import lot_or_404
from dosing.views.product_head import product_head
from enrollment.selectors.subjects import subject_or_404
from enrollment.views.crumbs import subject_head
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.templatetags.look import quantity, trial_time
from trial.templatetags.states import look_of

_PAGE_SIZE = 25
_COLUMNS = list(UnitState)


@requires(Permission.PRODUCT_VIEW)
def product_balance(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    page = Paginator(lots_of(trial.study), _PAGE_SIZE).get_page(request.GET.get("page"))
    every = list(lots_of(trial.study))
    found = balances(every)
    total = sum(found.values(), EMPTY)
    context = {
        "table": {
            "caption": _("Units received and where they are"),
            "caption_hidden": True,
            "columns": [
                {"label": _("Lot")},
                {"label": _("Balance")},
                {"label": _("Received"), "numeric": True},
                *({"label": look_of(state).word, "numeric": True} for state in _COLUMNS),
                {"label": _("Difference"), "numeric": True},
            ],
            "rows": [
                *(_balance_row(lot.number, reverse("lot-trace", args=[lot.number]), found[lot.pk]) for lot in page),
                _balance_row(_("All lots"), "", total),
            ],
            "page": page,
            "empty": {"title": _("No lot has been received yet"), "text": ""},
        },
        "total": total,
        **product_head(here="product-balance"),
    }
    return render(request, "dosing/product_balance.html", context)


def _balance_row(label: str, url: str, balance: Balance) -> dict[str, object]:
    state = "BALANCED" if balance.balances else "UNBALANCED"
    return {
        "cells": [
            {"value": label, "url": url},
            {"state": state, "note": ", ".join(balance.disputed)},
            {"value": str(balance.received), "numeric": True},
            *({"value": str(balance.by_state[each]), "numeric": True} for each in _COLUMNS),
            {"value": str(balance.difference), "numeric": True},
        ],
        "tone": "" if balance.balances else "stop",
    }


@requires(Permission.PRODUCT_VIEW)
def product_balance_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file: a line per lot, and their sum."""
    trial = trial_of(request)
    every = list(lots_of(trial.study))
    found = balances(every)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{trial.study.registry_id}-accountability.csv"'
    writer = csv.writer(response)
    states = [state.lower() for state in _COLUMNS]
    writer.writerow(["lot", "donor_code", "received", *states, "difference", "balances"])
    for lot in every:
        writer.writerow([lot.number, lot.donor_code, *_figures(found[lot.pk])])
    writer.writerow(["total", "", *_figures(sum(found.values(), EMPTY))])
    return response


def _figures(balance: Balance) -> list[object]:
    counted = [balance.by_state[state] for state in _COLUMNS]
    return [balance.received, *counted, balance.difference, "yes" if balance.balances else "no"]


@requires(Permission.PRODUCT_VIEW)
def product_expiry(request: HttpRequest) -> HttpResponse:
    """Clocks that run: use-by times of thawed units, and lots that expire soon."""
    trial = trial_of(request)
    units = Paginator(units_running_out(trial), _PAGE_SIZE).get_page(request.GET.get("page"))
    lots = list(lots_expiring(trial, at=trial.at)[:_PAGE_SIZE])
    context = {
        "units": [_clock(unit) for unit in units],
        "page": units,
        "lots": [{"lot": lot, "is_over": lot.expires_at <= trial.at} for lot in lots],
        "zone": trial.access.timezone,
        **product_head(here="product-expiry"),
    }
    return render(request, "dosing/product_expiry.html", context)


def _clock(unit: ProductUnit) -> dict[str, object]:
    return {"unit": unit, "subject": getattr(unit, "subject_code", None)}


@requires(Permission.PRODUCT_VIEW)
def lot_trace(request: HttpRequest, number: str) -> HttpResponse:
    """Lot, units, subjects, infusions, outcomes."""
    trial = trial_of(request)
    lot = lot_or_404(trial, number)
    context = {
        "lot": lot,
        "table": _trace_table(trace_of_lot(trial, lot), trial, _("The way of the lot")),
        **product_head(here="product", trail=(*_lot_trail(lot), (_("Where it went"), ""))),
    }
    return render(request, "dosing/lot_trace.html", context)


@requires(Permission.SUBJECT_VIEW)
def subject_product(request: HttpRequest, code: str) -> HttpResponse:
    """Subject, infusions, units, lots, donors."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    lines = trace_of_subject(trial, subject)
    context = {
        "donors": donors_of(lines),
        "table": _trace_table(lines, trial, _("Product of this subject")),
        **subject_head(trial, subject, here="subject-product", label=_("Product")),
    }
    return render(request, "dosing/product_of_subject.html", context)


def _lot_trail(lot: ProductLot) -> tuple[tuple[str, str], ...]:
    return ((_("Lot %(number)s") % {"number": lot.number}, reverse("lot", args=[lot.number])),)


def _trace_table(lines: list[TraceLine], trial: TrialContext, caption: str) -> dict[str, object]:
    return {
        "caption": caption,
        "caption_hidden": True,
        "columns": [
            {"label": _("Unit")},
            {"label": _("Donor code")},
            {"label": _("State")},
            {"label": _("Subject")},
            {"label": _("Infusion")},
            {"label": _("Outcome")},
            {"label": _("Cells given per kg"), "numeric": True},
            {"label": _("Follow-up")},
        ],
        "rows": [_trace_row(line, zone=trial.access.timezone) for line in lines],
        "empty": {"title": _("No unit"), "text": _("Nothing of this product is or was meant for anybody.")},
    }


def _trace_row(line: TraceLine, *, zone: str) -> dict[str, object]:
    unit, infusion = line.unit, line.infusion
    subject: dict[str, object] = {"value": None}
    if line.is_hidden:
        subject = {"value": _("a subject of another site")}
    elif line.subject:
        subject = {"value": line.subject, "url": reverse("subject-product", args=[line.subject]), "whole": True}
    given = infusion.given_million_per_kg if infusion else None
    return {
        "cells": [
            {"value": str(unit), "url": reverse("unit", args=[unit.pk])},
            {"value": unit.lot.donor_code},
            {"state": unit.state},
            subject,
            _infusion_cell(line, zone=zone),
            _outcome_cell(line),
            {"value": None if given is None else f"{quantity(given)} × 10⁶", "numeric": True},
            _follow_up_cell(line),
        ]
    }


def _infusion_cell(line: TraceLine, *, zone: str) -> dict[str, object]:
    infusion = line.infusion
    if infusion is None or infusion.started_at is None:
        number = None if line.is_hidden else line.unit.assigned_infusion_number
        return {"value": None if number is None else str(number), "note": _("not begun") if number else ""}
    url = reverse("infusion", args=[infusion.pk])
    return {"value": str(infusion.number), "url": url, "note": trial_time(infusion.started_at, zone), "when": True}


def _outcome_cell(line: TraceLine) -> dict[str, object]:
    infusion = line.infusion
    if infusion is None or infusion.started_at is None:
        return {"value": None}
    return {"state": infusion.state, "note": infusion.stop_reason}


def _follow_up_cell(line: TraceLine) -> dict[str, object]:
    if not line.follow_ups:
        return {"value": None}
    latest = next((each for each in line.follow_ups if each.closed_at is None), line.follow_ups[-1])
    word = _("closed") if latest.closed_at else _("open")
    return {"value": word, "url": reverse("follow-up", args=[latest.pk]), "note": latest.finding}
