"""The page of one unit: what it is, for whom, what comes next, and its chain of custody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.forms.custody import ReasonForm, ReconcileForm, StepForm, TakeBackForm
from dosing.forms.product import AssignForm, ThawForm
from dosing.models import ProductUnit
from dosing.rules.custody import Link
from dosing.rules.states import CustodyStep, UnitState
from dosing.selectors.custody import chain_events, donors_before
from dosing.selectors.infusions import waiting_for_a_unit
from dosing.selectors.lots import infusions_of
from dosing.selectors.units import latest_quarantine, volumes_of
from dosing.views.custody_rows import chain_shown
from dosing.views.lot_rows import unit_facts_shown, volume_facts
from dosing.views.product_head import product_head
from dosing.views.unit_steps import manual_steps, unit_acts
from trial.edge.acting import Outcome
from trial.edge.context import TrialContext

_DONE_BY_TWO = (CustodyStep.QC_RELEASED, CustodyStep.LABELLED)


def unit_page(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductUnit,
    *,
    sent: Mapping[str, forms.Form] | None = None,
    refused: Mapping[str, Outcome[Any]] | None = None,
) -> HttpResponse:
    """``sent`` and ``refused``: forms as typed, and answers, by the name of the act that did not succeed."""
    sent, refused = sent or {}, refused or {}
    zone = trial.access.timezone
    infusion = infusions_of([shown]).get((shown.assigned_subject_id, shown.assigned_infusion_number))
    events = list(chain_events(shown))
    chain = [Link(step=CustodyStep(e.step), happened_at=e.happened_at, place=e.place) for e in events]
    done = {link.step for link in chain}
    context = {
        "unit": shown,
        "facts": unit_facts_shown(shown, zone=zone),
        "volumes": volume_facts(volumes_of(shown)),
        "infusion_url": reverse("infusion", args=[infusion]) if infusion else "",
        "acts": unit_acts(trial, shown),
        "done": {step.value: step in done for step in _DONE_BY_TWO},
        "quarantine": latest_quarantine(shown) if shown.state == UnitState.QUARANTINED else None,
        "donors": donors_before(shown),
        "chain": chain_shown(events, zone=zone),
        "is_moving": shown.state in (UnitState.ASSIGNED, UnitState.ISSUED),
        "refused": {name: outcome.reasons for name, outcome in refused.items()},
        "zone": zone,
        **_forms(trial, shown, chain, sent),
        **product_head(
            here="product",
            trail=(
                (_("Lot %(number)s") % {"number": shown.lot.number}, reverse("lot", args=[shown.lot.number])),
                (_("Unit %(number)s") % {"number": shown.number}, ""),
            ),
        ),
    }
    status = max((outcome.status for outcome in refused.values()), default=200)
    return render(request, "dosing/unit.html", context, status=status)


def _forms(
    trial: TrialContext, shown: ProductUnit, chain: list[Link], sent: Mapping[str, forms.Form]
) -> dict[str, Any]:
    waiting = list(waiting_for_a_unit(trial)) if shown.state == UnitState.IN_STOCK else []
    steps = manual_steps(trial, chain)
    return {
        "assign_form": AssignForm(infusions=waiting),
        "has_waiting": bool(waiting),
        "thaw_form": sent.get("thaw") or ThawForm(),
        "steps": steps,
        "step_form": sent.get("step") or step_form(trial, steps=steps),
        "unassign_form": sent.get("unassign") or unassign_form(),
        "back_form": sent.get("take_back") or TakeBackForm(),
        "reconcile_form": sent.get("reconcile") or ReconcileForm(),
        "aside_form": sent.get("set_aside") or aside_form(),
    }


def step_form(trial: TrialContext, data: object = None, *, steps: list[CustodyStep]) -> StepForm:
    return StepForm(data, steps=steps, limits=trial.definition.product.temperature_limits)


def unassign_form(data: object = None) -> ReasonForm:
    return ReasonForm(data, name="unassign", label=_("Why the assignment is taken back"))


def aside_form(data: object = None) -> ReasonForm:
    return ReasonForm(data, name="aside", label=_("Why the unit is set aside"))
