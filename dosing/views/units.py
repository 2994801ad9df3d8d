"""One unit of product: where it is meant to go, thawed, issued, or taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.product import AssignForm, DiscardForm, ThawForm
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import UnitState
from dosing.selectors.infusions import waiting_for_a_unit
from dosing.selectors.lots import infusions_of, unit_or_404
from dosing.services import units
from dosing.views.answering import crumbs, done
from dosing.views.lot_rows import unit_facts_shown
from dosing.views.unit_steps import unit_acts
from trial.edge.acting import Outcome, attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission


@requires(Permission.PRODUCT_VIEW)
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    return _page(request, trial, unit_or_404(trial, pk))


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_assign(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    form = AssignForm(request.POST, infusions=waiting_for_a_unit(trial))

    def act() -> object:
        infusion: Infusion = form.chosen()
        return units.assign(
            unit=shown, subject=infusion.subject, infusion_number=infusion.number, by=trial.user, at=trial.at
        )

    return _act(request, trial, shown, "assign", form, act, _("The unit is assigned."))


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_thaw(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    form = ThawForm(request.POST)
    return _act(
        request,
        trial,
        shown,
        "thaw",
        form,
        lambda: units.thaw(unit=shown, viability=form.viability(), by=trial.user, at=trial.at),
        _("The unit is thawed; the use-by time runs."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_issue(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    form = forms.Form(request.POST)
    return _act(
        request,
        trial,
        shown,
        "issue",
        form,
        lambda: units.issue(unit=shown, by=trial.user, at=trial.at),
        _("The unit is issued to the ward."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_discard(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    form = DiscardForm(request.POST)
    return _act(
        request,
        trial,
        shown,
        "discard",
        form,
        lambda: units.discard(unit=shown, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at),
        _("The unit is taken out."),
    )


def _act(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductUnit,
    name: str,
    form: forms.Form,
    act: Callable[[], object],
    message: str,
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, trial, shown, sent={name: form})
    outcome = attempt(act)
    if outcome.refused:
        return _page(request, trial, shown, sent={name: form}, refused={name: outcome})
    return done(request, message, "unit", shown.pk)


def _page(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductUnit,
    *,
    sent: Mapping[str, forms.Form] | None = None,
    refused: Mapping[str, Outcome[Any]] | None = None,
) -> HttpResponse:
    sent, refused = sent or {}, refused or {}
    infusions = infusions_of([shown])
    infusion = infusions.get((shown.assigned_subject_id, shown.assigned_infusion_number))
    waiting = list(waiting_for_a_unit(trial)) if shown.state == UnitState.IN_STOCK else []
    context = {
        "unit": shown,
        "facts": unit_facts_shown(shown, zone=trial.access.timezone),
        "infusion_url": reverse("infusion", args=[infusion]) if infusion else "",
        "acts": unit_acts(trial, shown),
        "assign_form": sent.get("assign") or AssignForm(infusions=waiting),
        "has_waiting": bool(waiting),
        "thaw_form": sent.get("thaw") or ThawForm(),
        "discard_form": sent.get("discard") or DiscardForm(),
        "refused": {name: outcome.reasons for name, outcome in refused.items()},
        "zone": trial.access.timezone,
        "breadcrumbs": crumbs(
            (_("Product"), reverse("product")),
            (_("Lot %(number)s") % {"number": shown.lot.number}, reverse("lot", args=[shown.lot.number])),
            (_("Unit %(number)s") % {"number": shown.number}, ""),
        ),
    }
    status = max((outcome.status for outcome in refused.values()), default=200)
    return render(request, "dosing/unit.html", context, status=status)
