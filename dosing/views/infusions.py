"""Infusions: the list, planning one, the page at the bedside, and the sign-off between two."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dosing.filters import InfusionFilter
from dosing.forms.infusion import PlanForm
from dosing.models import Infusion
from dosing.rules.planning import may_plan
from dosing.selectors.infusions import infusion_or_404, planning_facts, visible_infusions
from dosing.services import infusions, pre_dose
from dosing.views.answering import crumbs, done, subject_crumbs
from dosing.views.bedside import bedside_page
from dosing.views.infusion_rows import infusion_columns, infusion_row
from enrollment.selectors.subjects import subject_or_404
from trial.edge.acting import Outcome, attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.edge.signing import SigningForm
from trial.permissions import Permission
from trial.rules.site_time import site_date
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

_PAGE_SIZE = 50


@require_GET
@requires(Permission.INFUSION_VIEW)
def infusion_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    filters = InfusionFilter(request.GET, queryset=visible_infusions(trial).order_by("-planned_on", "-id"))
    is_filtered = any(request.GET.get(name) for name in filters.form.fields)
    page = Paginator(filters.qs, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": filters.form,
        "is_filtered": is_filtered,
        "table": {
            "caption": _("Infusions"),
            "caption_hidden": True,
            "columns": infusion_columns(),
            "rows": [infusion_row(infusion) for infusion in page],
            "page": page,
            "empty": {
                "title": _("No infusion here") if is_filtered else _("No infusion is planned yet"),
                "text": _("An infusion is planned from the page of an allocated subject."),
            },
        },
        "breadcrumbs": crumbs((_("Infusions"), "")),
    }
    return render(request, "dosing/infusion_list.html", context)


@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_PREPARE)
def infusion_plan(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    facts = planning_facts(subject, trial=trial)
    form = PlanForm(request.POST or None, initial={"planned_on": facts.planned_on})
    outcome: Outcome[Infusion] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["planned_on"]
        outcome = attempt(
            lambda: infusions.plan(subject=subject, number=facts.number, planned_on=day, by=trial.user, at=trial.at)
        )
        if outcome.result is not None:
            return done(request, _("The infusion is planned."), "infusion", outcome.result.pk)
    today = site_date(trial.at, timezone=subject.site.timezone)
    blocked = trial.check(Permission.INFUSION_PREPARE, site=subject.site) + may_plan(facts, today=today)
    context = {
        "subject": subject,
        "facts": facts,
        "form": form,
        "blocked": blocked.reasons,
        "reasons": outcome.reasons,
        "breadcrumbs": subject_crumbs(subject.code, _("Plan an infusion")),
    }
    return render(request, "dosing/infusion_plan.html", context, status=outcome.status)


@require_GET
@requires(Permission.INFUSION_VIEW)
def infusion(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    return bedside_page(request, trial, infusion_or_404(trial, pk))


@requires(Permission.INFUSION_VIEW, post=Permission.INTER_INFUSION_SIGN)
def infusion_sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """The investigator's signature between two infusions, on a page of its own."""
    trial = trial_of(request)
    shown = infusion_or_404(trial, pk)
    seen = content_hash(pre_dose.signoff_content(shown))
    form = SigningForm(request.POST or None, meaning=Meaning.INTER_INFUSION, content_hash=seen)
    outcome: Outcome[object] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            lambda: pre_dose.sign_off(infusion=shown, proof=form.proof(request, expected=trial.user), at=trial.at)
        )
        if not outcome.refused:
            return done(request, _("The infusion is signed off."), "infusion", pk)
    signing = trial.check(Permission.INTER_INFUSION_SIGN, site=shown.subject.site)
    context = {
        "infusion": shown,
        "subject": shown.subject,
        "earlier": shown.subject.infusions.filter(number__lt=shown.number).order_by("number"),
        "form": SigningForm(meaning=Meaning.INTER_INFUSION, content_hash=seen) if outcome.refused else form,
        "content_hash": seen,
        "blocked": (signing + pre_dose.signoff_decision(shown)).reasons,
        "reasons": outcome.reasons,
        "zone": shown.subject.site.timezone,
        "breadcrumbs": subject_crumbs(shown.subject.code, _("Sign off")),
    }
    return render(request, "dosing/infusion_sign_off.html", context, status=outcome.status)
