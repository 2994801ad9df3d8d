"""Product lots: the list, receiving, one lot with its release tests, its signature and its units, rejection."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.product import AddUnitForm, ReceiveLotForm, RejectLotForm
from dosing.models import ProductLot
from dosing.rules.release import may_reject
from dosing.rules.states import LotState
from dosing.selectors.lots import lot_or_404, visible_lots
from dosing.services import lots, units
from dosing.views.answering import crumbs, done
from dosing.views.lot_page import conditional_form, lot_page, lot_trail, release_form, result_form
from dosing.views.lot_rows import lot_columns, lot_facts, lot_row
from dosing.views.product_head import product_head
from trial.edge.acting import Outcome, attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock

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
        **product_head(here="product"),
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
    return lot_page(request, trial, lot_or_404(trial, number))


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def lot_test(request: HttpRequest, number: str) -> HttpResponse:
    """One form for every release test."""
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = result_form(trial, shown, request.POST)
    if not form.is_valid():
        return lot_page(request, trial, shown, test=form)
    values = form.cleaned_data
    outcome = attempt(lambda: lots.record_test(lot=shown, by=trial.user, at=trial.at, **values))
    if outcome.refused:
        return lot_page(request, trial, shown, test=form, test_outcome=outcome)
    return done(request, _("The result is recorded."), "lot", number)


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_RELEASE)
def lot_release(request: HttpRequest, number: str) -> HttpResponse:
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = release_form(shown, request.POST)
    if not form.is_valid():
        return lot_page(request, trial, shown, release=form)
    outcome = attempt(lambda: lots.release(lot=shown, proof=form.proof(request, expected=trial.user), at=trial.at))
    if outcome.refused:
        return lot_page(request, trial, shown, release_outcome=outcome)
    return done(request, _("Lot %(number)s is released.") % {"number": number}, "lot", number)


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_RELEASE)
def lot_accept_pending(request: HttpRequest, number: str) -> HttpResponse:
    """The signature that comes before the release, while a late result is pending."""
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = conditional_form(shown, request.POST)
    if not form.is_valid():
        return lot_page(request, trial, shown, conditional=form)
    outcome = attempt(
        lambda: lots.accept_pending(lot=shown, proof=form.proof(request, expected=trial.user), at=trial.at)
    )
    if outcome.refused:
        return lot_page(request, trial, shown, conditional_outcome=outcome)
    return done(request, _("Signed. The release itself is signed next."), "lot", number)


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
        **product_head(here="product", trail=lot_trail(shown, _("Reject"))),
    }
    return render(request, "dosing/lot_reject.html", context, status=outcome.status)


@require_POST
@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_add(request: HttpRequest, number: str) -> HttpResponse:
    trial = trial_of(request)
    shown = lot_or_404(trial, number)
    form = AddUnitForm(request.POST)
    if not form.is_valid():
        return lot_page(request, trial, shown, unit=form)
    outcome = attempt(lambda: units.add(lot=shown, by=trial.user, at=trial.at, **form.cleaned_data))
    if outcome.refused:
        return lot_page(request, trial, shown, unit=form, unit_outcome=outcome)
    return done(request, _("Unit %(number)s is in stock.") % form.cleaned_data, "lot", number)
