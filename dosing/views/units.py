"""What one person does with a unit of product: thawed, issued, moved, brought back, set aside, accounted for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.custody import ReconcileForm, TakeBackForm
from dosing.forms.product import FindForm, ThawForm
from dosing.models import ProductUnit
from dosing.rules.custody import MANUAL_STEPS
from dosing.selectors.custody import found_unit
from dosing.selectors.lots import unit_or_404
from dosing.services import custody_steps, quarantines, returns, units
from dosing.views.answering import done, see
from dosing.views.product_head import product_head
from dosing.views.unit_page import aside_form, step_form, unassign_form, unit_page
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission

Sent = TypeVar("Sent", bound=forms.Form)


@requires(Permission.PRODUCT_VIEW)
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    return unit_page(request, trial, unit_or_404(trial, pk))


@requires(Permission.PRODUCT_VIEW)
def unit_find(request: HttpRequest) -> HttpResponse:
    """Where a scanner types: the code of a label leads to its unit."""
    trial = trial_of(request)
    asked = "code" in request.GET
    form = FindForm(request.GET if asked else None)
    if asked and form.is_valid():
        found = found_unit(trial, form.cleaned_data["code"])
        if found is not None:
            return see("unit", found.pk)
        form.add_error("code", _("No unit of this study has this code. Compare the label."))
    return render(request, "dosing/unit_find.html", {"form": form, **product_head(here="unit-find")})


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_thaw(request: HttpRequest, pk: int) -> HttpResponse:
    trial, shown, form = _asked(request, pk, ThawForm)
    return _act(
        *(request, trial, shown, "thaw", form),
        lambda: units.thaw(unit=shown, viability=form.viability(), by=trial.user, at=trial.at),
        _("The unit is thawed; the use-by time runs."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_issue(request: HttpRequest, pk: int) -> HttpResponse:
    trial, shown, form = _asked(request, pk, forms.Form)
    return _act(
        *(request, trial, shown, "issue", form),
        lambda: units.issue(unit=shown, by=trial.user, at=trial.at),
        _("The unit is issued to the ward."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW)
def unit_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Recorded by the pharmacy or by the ward: the step says which, and the service asks."""
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    form = step_form(trial, request.POST, steps=list(MANUAL_STEPS))
    return _act(
        *(request, trial, shown, "step", form),
        lambda: custody_steps.record_step(
            unit=shown, entry=form.entry(timezone=trial.access.timezone), by=trial.user, at=trial.at
        ),
        _("The step is recorded."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_unassign(request: HttpRequest, pk: int) -> HttpResponse:
    trial, shown, form = _asked(request, pk, unassign_form)
    return _act(
        *(request, trial, shown, "unassign", form),
        lambda: units.unassign(unit=shown, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at),
        _("The unit is in stock again."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    trial, shown, form = _asked(request, pk, TakeBackForm)
    return _act(
        *(request, trial, shown, "take_back", form),
        lambda: returns.take_back(unit=shown, by=trial.user, at=trial.at, **form.cleaned_data),
        _("The return is recorded."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_reconcile(request: HttpRequest, pk: int) -> HttpResponse:
    trial, shown, form = _asked(request, pk, ReconcileForm)
    return _act(
        *(request, trial, shown, "reconcile", form),
        lambda: returns.reconcile(unit=shown, note=form.cleaned_data["note"], by=trial.user, at=trial.at),
        _("The account of the unit is closed."),
    )


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    trial, shown, form = _asked(request, pk, aside_form)
    return _act(
        *(request, trial, shown, "set_aside", form),
        lambda: quarantines.set_aside(unit=shown, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at),
        _("The unit is set aside; quality assurance decides."),
    )


def _asked(request: HttpRequest, pk: int, form: Callable[..., Sent]) -> tuple[TrialContext, ProductUnit, Sent]:
    trial = trial_of(request)
    return trial, unit_or_404(trial, pk), form(request.POST)


def _act(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductUnit,
    name: str,
    form: forms.Form,
    act: Callable[[], object],
    message: str,
) -> HttpResponse:
    """Valid form, one service call, back to the page; refused, the page says why beside the control that was used."""
    if not form.is_valid():
        return unit_page(request, trial, shown, sent={name: form})
    outcome = attempt(act)
    if outcome.refused:
        return unit_page(request, trial, unit_or_404(trial, shown.pk), sent={name: form}, refused={name: outcome})
    return done(request, message, "unit", shown.pk)
