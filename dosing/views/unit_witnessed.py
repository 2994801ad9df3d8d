"""What two people do with a unit: one is signed in, the other signs on the same page with name and password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.forms.custody import DestroyForm
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import CustodyStep
from dosing.selectors.infusions import infusion_or_404
from dosing.selectors.lots import unit_or_404
from dosing.services import custody, returns, units
from dosing.views.answering import attempt_for_another, done
from dosing.views.lot_rows import unit_facts_shown
from dosing.views.product_head import product_head
from dosing.views.unit_steps import unit_acts
from trial.edge.acting import Outcome
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.signing import SigningForm
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.states import Meaning
from trial.services.signatures import Proof, content_hash


@dataclass(frozen=True, slots=True)
class _Page:
    """The words of a step: its heading, what the second person states, the button, and what is said when it is done."""

    title: Any
    statement: Any
    label: Any
    message: Any


_PAGES: Mapping[CustodyStep, _Page] = {
    CustodyStep.ASSIGNED: _Page(
        gettext_lazy("Assign"),
        gettext_lazy("The second person has compared unit, participant and infusion with the plan, and signs here."),
        gettext_lazy("Assign the unit"),
        gettext_lazy("The unit is assigned."),
    ),
    CustodyStep.QC_RELEASED: _Page(
        gettext_lazy("Quality control"),
        gettext_lazy("The second person has checked appearance, count and viability after thawing, and signs here."),
        gettext_lazy("Pass the unit"),
        gettext_lazy("The unit has passed quality control."),
    ),
    CustodyStep.LABELLED: _Page(
        gettext_lazy("Label"),
        gettext_lazy("The second person has compared the label on the bag with this page, and signs here."),
        gettext_lazy("The label is right"),
        gettext_lazy("The unit is labelled."),
    ),
    CustodyStep.DESTROYED: _Page(
        gettext_lazy("Destroy"),
        gettext_lazy("The witness has seen the destruction, and signs here. It is never undone."),
        gettext_lazy("Record the destruction"),
        gettext_lazy("The destruction is recorded."),
    ),
}


@requires(Permission.PRODUCT_HANDLE)
def unit_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """``?infusion=`` names the infusion that was chosen on the page of the unit."""
    trial = trial_of(request)
    shown, infusion = unit_or_404(trial, pk), _chosen(trial, request.GET.get("infusion", ""))
    subject, number = infusion.subject, infusion.number
    content = custody.step_content(shown, CustodyStep.ASSIGNED, subject=subject.code, infusion=number)

    def act(second: Proof, form: SigningForm) -> object:
        return units.assign(
            unit=shown, subject=subject, infusion_number=number, second=second, by=trial.user, at=trial.at
        )

    extra = [{"label": _("Assign to"), "value": _("%(code)s, infusion %(number)s") % _named(infusion)}]
    return _signed(request, trial, shown, CustodyStep.ASSIGNED, content=content, act=act, extra=extra)


@requires(Permission.PRODUCT_HANDLE)
def unit_check(request: HttpRequest, pk: int) -> HttpResponse:
    return _checked(request, pk, CustodyStep.QC_RELEASED, units.check_quality)


@requires(Permission.PRODUCT_HANDLE)
def unit_label(request: HttpRequest, pk: int) -> HttpResponse:
    return _checked(request, pk, CustodyStep.LABELLED, units.label)


@requires(Permission.PRODUCT_HANDLE)
def unit_destroy(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    content = custody.step_content(shown, CustodyStep.DESTROYED)

    def act(second: Proof, form: SigningForm) -> object:
        values = form.cleaned_data
        return returns.destroy(
            unit=shown,
            volume_ml=values["volume_ml"],
            reason=values["reason"],
            second=second,
            by=trial.user,
            at=trial.at,
        )

    return _signed(request, trial, shown, CustodyStep.DESTROYED, content=content, act=act, form_class=DestroyForm)


def _checked(request: HttpRequest, pk: int, step: CustodyStep, service: Callable[..., ProductUnit]) -> HttpResponse:
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    content = custody.step_content(shown, step)

    def act(second: Proof, form: SigningForm) -> object:
        return service(unit=shown, second=second, by=trial.user, at=trial.at)

    return _signed(request, trial, shown, step, content=content, act=act)


def _signed(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductUnit,
    step: CustodyStep,
    *,
    content: Mapping[str, Any],
    act: Callable[[Proof, SigningForm], object],
    form_class: type[SigningForm] = SigningForm,
    extra: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    """A GET shows what is signed; a POST is the other person's signature and the act in one."""
    page, seen, zone = _PAGES[step], content_hash(content), trial.access.timezone
    sent = request.POST if request.method == "POST" else None
    form = form_class(sent, meaning=Meaning.SECOND_PERSON, content_hash=seen)
    outcome: Outcome[object] = Outcome(None)
    if sent is not None and form.is_valid():
        outcome = attempt_for_another(lambda: act(form.proof(request, expected=None), form))
        if not outcome.refused:
            return done(request, str(page.message), "unit", shown.pk)
    context = {
        "unit": shown,
        "page": page,
        "form": form,
        "content_hash": seen,
        "summary": [*(_meant_for(shown) if extra is None else extra), *unit_facts_shown(shown, zone=zone)],
        "blocked": _blocked(trial, shown, step),
        "reasons": outcome.reasons,
        "here": request.get_full_path(),
        **product_head(here="product", trail=_trail(shown, str(page.title))),
    }
    return render(request, "dosing/unit_witnessed.html", context, status=outcome.status)


_ACTS = {
    CustodyStep.ASSIGNED: "assign",
    CustodyStep.QC_RELEASED: "check",
    CustodyStep.LABELLED: "label",
    CustodyStep.DESTROYED: "destroy",
}


def _blocked(trial: TrialContext, shown: ProductUnit, step: CustodyStep) -> tuple[Reason, ...]:
    return unit_acts(trial, shown)[_ACTS[step]]


def _chosen(trial: TrialContext, text: str) -> Infusion:
    """An infusion that this person may see; whether it still waits for a unit, the rule says."""
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return infusion_or_404(trial, int(text))


def _meant_for(shown: ProductUnit) -> list[dict[str, Any]]:
    """For whom the unit is, where it is for somebody: the first thing that two people compare."""
    if shown.assigned_subject_id is None:
        return []
    code = getattr(shown, "subject_code", None) or _("a subject of another site")
    return [
        {"label": _("For"), "value": code},
        {"label": _("Infusion"), "value": shown.assigned_infusion_number},
    ]


def _named(infusion: Infusion) -> dict[str, Any]:
    return {"code": infusion.subject.code, "number": infusion.number}


def _trail(shown: ProductUnit, here: str) -> tuple[tuple[str, str], ...]:
    return (
        (_("Lot %(number)s") % {"number": shown.lot.number}, reverse("lot", args=[shown.lot.number])),
        (_("Unit %(number)s") % {"number": shown.number}, reverse("unit", args=[shown.pk])),
        (here, ""),
    )
