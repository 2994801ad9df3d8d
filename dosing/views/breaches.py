"""An infusion that was given in spite of the guard: reported, shown with all that follows from it, then signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dosing.forms.breach import BreachForm, BreachSigningForm
from dosing.models import Infusion, PreDoseCheck, ProductUnit
from dosing.rules.states import NOT_STARTED, InfusionState
from dosing.selectors.bedside import unit_meant, unit_of_code
from dosing.selectors.infusions import infusion_or_404
from dosing.services import breaches
from dosing.services.breaches import Breach, BreachEntry
from dosing.views.answering import done, see, subject_crumbs
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import TABLE, Permission
from trial.rules.decision import Reason
from trial.rules.states import Meaning
from trial.services.notifications import holders
from trial.services.signatures import content_hash
from trial.templatetags.look import quantity, trial_time


@requires(Permission.INFUSION_VIEW, post=Permission.BREACH_RECORD)
def infusion_breach(request: HttpRequest, pk: int) -> HttpResponse:
    """First the report, then what it would record with the signature below. The first changes nothing."""
    trial = trial_of(request)
    shown = infusion_or_404(trial, pk)
    if InfusionState(shown.state) not in NOT_STARTED:
        return see("infusion", pk)
    meant = unit_meant(shown)
    form = _form(request, trial, shown, meant)
    unit = _unit(shown, meant, form) if request.method == "POST" and form.is_valid() else None
    if unit is None:
        return _report_page(request, trial, shown, form)
    entry = form.entry(unit, timezone=shown.subject.site.timezone)
    breach = breaches.breach_of(shown, entry, at=trial.at)
    is_signed = "content_hash" in request.POST
    if not is_signed and not breach.decision.allowed:
        return _report_page(request, trial, shown, form, refused=breach.decision.reasons)
    signing = BreachSigningForm(
        request.POST if is_signed else None,
        meaning=Meaning.GUARD_BREACH,
        content_hash=content_hash(breach.content),
        report=form.data,
    )
    if not is_signed or not signing.is_valid():
        return _signing_page(request, shown, entry, breach, signing)
    outcome = attempt(
        lambda: breaches.record(
            infusion=shown, entry=entry, proof=signing.proof(request, expected=trial.user), at=trial.at
        )
    )
    if outcome.refused:
        return _signing_page(request, shown, entry, breach, signing, refused=outcome.reasons, status=outcome.status)
    return done(request, _("The infusion is on record. Dosing is held."), "infusion", pk)


def _form(request: HttpRequest, trial: TrialContext, infusion: Infusion, meant: ProductUnit | None) -> BreachForm:
    subject = infusion.subject
    people = holders(
        study=subject.study, roles=TABLE[Permission.INFUSION_ADMINISTER].roles, on=trial.at, site_id=subject.site_id
    )
    check: PreDoseCheck | None = getattr(infusion, "pre_dose_check", None)
    return BreachForm(request.POST if request.method == "POST" else None, people=people, check=check, unit=meant)


def _unit(infusion: Infusion, meant: ProductUnit | None, form: BreachForm) -> ProductUnit | None:
    """The unit that was given: without it nobody knows what the participant received."""
    written = form.cleaned_data["unit_code"]
    found = unit_of_code(infusion, written) if written.strip() else meant
    if found is None:
        form.add_error("unit_code", _("No unit of this study has this code. Read it on the bag, or ask the pharmacy."))
    return found


def _report_page(
    request: HttpRequest, trial: TrialContext, infusion: Infusion, form: BreachForm, refused: Sequence[Reason] = ()
) -> HttpResponse:
    context = _head(infusion) | {
        "form": form,
        "blocked": trial.check(Permission.BREACH_RECORD, site=infusion.subject.site).reasons,
        "refused": refused,
    }
    return render(request, "dosing/breach.html", context, status=409 if refused else 200)


def _signing_page(
    request: HttpRequest,
    infusion: Infusion,
    entry: BreachEntry,
    breach: Breach,
    form: BreachSigningForm,
    *,
    refused: Sequence[Reason] = (),
    status: int = 200,
) -> HttpResponse:
    context = _head(infusion) | {
        "form": form,
        "refused": refused,
        "violated": breach.violated,
        "consequences": _consequences(breach),
        "summary": _summary(infusion, entry, breach),
        "content_hash": content_hash(breach.content),
        "blocked": () if refused else breach.decision.reasons,
    }
    return render(request, "dosing/breach_sign.html", context, status=status)


def _head(infusion: Infusion) -> dict[str, Any]:
    subject = infusion.subject
    return {
        "infusion": infusion,
        "subject": subject,
        "breadcrumbs": subject_crumbs(subject.code, _("Given in spite of the guard")),
    }


def _consequences(breach: Breach) -> list[str]:
    held = (
        _("Dosing of %(cohort)s is held at once, until the lift is signed.") % {"cohort": breach.cohort}
        if breach.cohort
        else _("Dosing of the whole study is held at once, until the lift is signed.")
    )
    return [
        _("The infusion is on record as started at that time: its dose and its observation window count."),
        held,
        _("A deviation is raised with every condition that was not met."),
        _("The principal investigator and the sponsor's medical monitor are told."),
        _("This cannot be taken back."),
    ]


def _summary(infusion: Infusion, entry: BreachEntry, breach: Breach) -> list[dict[str, object]]:
    zone = infusion.subject.site.timezone
    weight_kg, viability = breach.content["weight_kg"], breach.content["viability"]
    return [
        {"label": _("Subject"), "value": infusion.subject.code},
        {"label": _("Infusion"), "value": infusion.number},
        {"label": _("Started"), "value": trial_time(entry.started_at, zone)},
        {"label": _("Unit"), "value": str(entry.unit)},
        {"label": _("Infused by"), "value": entry.performed_by.printed_name if entry.performed_by else _("Not known")},
        {"label": _("Body weight"), "value": quantity(weight_kg, "kg") if weight_kg else None},
        {"label": _("Viability"), "value": quantity((viability * 100).normalize(), "%") if viability else None},
        {"label": _("Reported by"), "value": entry.reported_by},
        {"label": _("How it came about"), "value": entry.reason},
    ]
