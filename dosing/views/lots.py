"""Product lots: the list, receiving, one lot with its release tests, its signature and its units, rejection."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.product import AddUnitForm, ReceiveLotForm, RejectLotForm, ReleaseTestForm
from dosing.models import ProductLot
from dosing.rules.release import may_reject, may_release
from dosing.rules.states import LotState
from dosing.selectors.lots import criterion_lines, lot_or_404, lot_results, visible_lots
from dosing.services import lots, units
from dosing.views.answering import crumbs, done
from dosing.views.lot_rows import criterion_row, lot_columns, lot_facts, lot_row, unit_rows
from trial.edge.acting import Outcome, attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.signing import SigningForm
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

_PAGE_SIZE = 50


@requires(Permission.PRODUCT_VIEW)
def product(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    page = Paginator(visible_lots(trial), _PAGE_SIZE).get_page(request.GET.get("page"))
    plan = trial.definition.product
    context = {
        "table": {
            "caption": _("Lots"),
            "caption_hidden": True,
            "columns": lot_columns(),
            "rows": [lot_row(lot, plan=plan, at=trial.at, zone=trial.access.timezone) for lot in page],
            "page": page,
            "empty": {
                "title": _("No lot has been received yet"),
                "text": _(
                    "The pharmacy books each lot in; it waits in quarantine until quality assurance releases it."
                ),
            },
        },
        "may_receive": trial.may(Permission.PRODUCT_HANDLE),
        "breadcrumbs": crumbs((_("Product"), "")),
    }
    return render(request, "dosing/product.html", context)


@requires(Permission.PRODUCT_HANDLE)
def lot_receive(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    form = ReceiveLotForm(request.POST if request.method == "POST" else None)
    outcome: Outcome[ProductLot] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        outcome = attempt(
            lambda: lots.receive(
                study=trial.study,
                number=values["number"],
                donor_code=values["donor_code"],
                expires_at=from_wall_clock(values["expires_at"], timezone=trial.access.timezone),
                by=trial.user,
                at=trial.at,
            )
        )
        if not outcome.refused:
            return done(request, _("Lot %(number)s is in quarantine.") % values, "lot", values["number"])
    context = {
        "form": form,
        "reasons": outcome.reasons,
        "breadcrumbs": crumbs((_("Product"), reverse("product")), (_("Receive a lot"), "")),
    }
    return render(request, "dosing/lot_receive.html", context, status=outcome.status)


@requires(Permission.PRODUCT_VIEW)
def lot(request: HttpRequest, number: str) -> HttpResponse:
    trial = trial_of(request)
    return _page(request, trial, lot_or_404(trial, number))


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def lot_test(request: HttpRequest, number: str) -> HttpResponse:
    """One form for every release test."""
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = _test_form(trial, shown, request.POST)
    if not form.is_valid():
        return _page(request, trial, shown, test_form=form)
    values = form.cleaned_data
    outcome = attempt(lambda: lots.record_test(lot=shown, by=trial.user, at=trial.at, **values))
    if outcome.refused:
        return _page(request, trial, shown, test_form=form, test_outcome=outcome)
    return done(request, _("The result is recorded."), "lot", number)


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_RELEASE)
def lot_release(request: HttpRequest, number: str) -> HttpResponse:
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = _signing_form(shown, request.POST)
    if not form.is_valid():
        return _page(request, trial, shown, signing_form=form)
    outcome = attempt(lambda: lots.release(lot=shown, proof=form.proof(request, expected=trial.user), at=trial.at))
    if outcome.refused:
        return _page(request, trial, shown, signing_form=_signing_form(shown), release_outcome=outcome)
    return done(request, _("Lot %(number)s is released.") % {"number": number}, "lot", number)


@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_RELEASE)
def lot_reject(request: HttpRequest, number: str) -> HttpResponse:
    """A page of its own: a rejection is never undone."""
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = RejectLotForm(request.POST if request.method == "POST" else None)
    outcome: Outcome[ProductLot] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        outcome = attempt(lambda: lots.reject(lot=shown, reason=reason, by=trial.user, at=trial.at))
        if not outcome.refused:
            return done(request, _("Lot %(number)s is rejected.") % {"number": number}, "lot", number)
    blocked = trial.check(Permission.PRODUCT_RELEASE) + may_reject(LotState(shown.state))
    context = {
        "lot": shown,
        "form": form,
        "facts": lot_facts(shown, zone=trial.access.timezone),
        "blocked": blocked.reasons,
        "reasons": outcome.reasons,
        "breadcrumbs": _lot_crumbs(shown, _("Reject")),
    }
    return render(request, "dosing/lot_reject.html", context, status=outcome.status)


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_add(request: HttpRequest, number: str) -> HttpResponse:
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = AddUnitForm(request.POST)
    if not form.is_valid():
        return _page(request, trial, shown, unit_form=form)
    outcome = attempt(lambda: units.add(lot=shown, by=trial.user, at=trial.at, **form.cleaned_data))
    if outcome.refused:
        return _page(request, trial, shown, unit_form=form, unit_outcome=outcome)
    return done(request, _("Unit %(number)s is in stock.") % form.cleaned_data, "lot", number)


def _page(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductLot,
    *,
    test_form: ReleaseTestForm | None = None,
    signing_form: SigningForm | None = None,
    unit_form: AddUnitForm | None = None,
    test_outcome: Outcome[Any] | None = None,
    release_outcome: Outcome[Any] | None = None,
    unit_outcome: Outcome[Any] | None = None,
) -> HttpResponse:
    plan = trial.definition.product
    results = lot_results(shown)
    release = may_release(
        state=LotState(shown.state), expires_at=shown.expires_at, results=results, plan=plan, at=trial.at
    )
    outcomes = [outcome for outcome in (test_outcome, release_outcome, unit_outcome) if outcome]
    context = {
        "lot": shown,
        "facts": lot_facts(shown, zone=trial.access.timezone),
        "criteria": [criterion_row(line) for line in criterion_lines(shown, plan=plan)],
        "untested": [c for c in plan.release_criteria if c.code not in results],
        "test_form": test_form or _test_form(trial, shown),
        "test_reasons": test_outcome.reasons if test_outcome else (),
        "signing_form": signing_form or _signing_form(shown),
        "content_hash": content_hash(lots.release_content(shown)),
        "release_blocked": (trial.check(Permission.PRODUCT_RELEASE) + release).reasons,
        "release_reasons": release_outcome.reasons if release_outcome else (),
        "units": unit_rows(shown, trial=trial),
        "unit_form": unit_form or AddUnitForm(),
        "unit_reasons": unit_outcome.reasons if unit_outcome else (),
        "handling": trial.check(Permission.PRODUCT_HANDLE),
        "zone": trial.access.timezone,
        "breadcrumbs": _lot_crumbs(shown),
    }
    return render(request, "dosing/lot.html", context, status=max((o.status for o in outcomes), default=200))


def _test_form(trial: TrialContext, shown: ProductLot, data: object = None) -> ReleaseTestForm:
    recorded = lot_results(shown)
    criteria = [c for c in trial.definition.product.release_criteria if c.code not in recorded]
    return ReleaseTestForm(data, criteria=criteria, today=trial.access.day(trial.at))


def _signing_form(shown: ProductLot, data: object = None) -> SigningForm:
    seen = content_hash(lots.release_content(shown))
    return SigningForm(data, meaning=Meaning.PRODUCT_RELEASE, content_hash=seen, auto_id="release-%s")


def _lot_crumbs(shown: ProductLot, here: str = "") -> list[Any]:
    own = reverse("lot", args=[shown.number]) if here else ""
    pairs = [(_("Product"), reverse("product")), (_("Lot %(number)s") % {"number": shown.number}, own)]
    return crumbs(*pairs, *([(here, "")] if here else []))
