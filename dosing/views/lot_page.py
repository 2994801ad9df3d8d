"""The page of one lot: its facts, its release tests, the signatures of its release, its units, whom to follow up."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.forms.product import AddUnitForm, ReleaseTestForm
from dosing.models import ProductLot
from dosing.selectors.custody import visible_follow_ups
from dosing.selectors.lots import criterion_lines, lot_results, visible_units
from dosing.services import lots
from dosing.views.follow_ups import follow_up_columns, follow_up_row
from dosing.views.lot_rows import criterion_row, lot_facts, pending_facts, unit_rows
from dosing.views.product_head import product_head
from trial.edge.acting import Outcome
from trial.edge.context import TrialContext
from trial.edge.signing import SigningForm
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

_UNITS = 50
_NOTHING: Outcome[Any] = Outcome(None)


def lot_page(
    request: HttpRequest,
    trial: TrialContext,
    shown: ProductLot,
    *,
    test: ReleaseTestForm | None = None,
    conditional: SigningForm | None = None,
    release: SigningForm | None = None,
    unit: AddUnitForm | None = None,
    test_outcome: Outcome[Any] = _NOTHING,
    conditional_outcome: Outcome[Any] = _NOTHING,
    release_outcome: Outcome[Any] = _NOTHING,
    unit_outcome: Outcome[Any] = _NOTHING,
) -> HttpResponse:
    """Forms as typed, and the answers of the acts that did not succeed."""
    outcomes = (test_outcome, conditional_outcome, release_outcome, unit_outcome)
    results = lot_results(shown)
    plan = trial.definition.product
    page = Paginator(visible_units(trial).filter(lot=shown), _UNITS).get_page(request.GET.get("page"))
    context = {
        "lot": shown,
        "facts": lot_facts(shown, zone=trial.access.timezone),
        "criteria": [criterion_row(line) for line in criterion_lines(shown, plan=plan)],
        "untested": [c for c in plan.release_criteria if c.code not in results],
        "test_form": test or result_form(trial, shown),
        "test_reasons": test_outcome.reasons,
        "units": unit_rows(list(page), trial=trial),
        "units_page": page,
        "unit_form": unit or AddUnitForm(),
        "unit_reasons": unit_outcome.reasons,
        "follow_ups": _follow_ups(trial, shown),
        "handling": trial.check(Permission.PRODUCT_HANDLE),
        "zone": trial.access.timezone,
        **_release(trial, shown, conditional, release),
        "conditional_reasons": conditional_outcome.reasons,
        "release_reasons": release_outcome.reasons,
        **product_head(here="product", trail=lot_trail(shown)),
    }
    return render(request, "dosing/lot.html", context, status=max(outcome.status for outcome in outcomes))


def _release(
    trial: TrialContext, shown: ProductLot, conditional: SigningForm | None, release: SigningForm | None
) -> dict[str, Any]:
    """The two signatures: that a late result may follow, where one is pending, and then the release itself."""
    releasing = trial.check(Permission.PRODUCT_RELEASE)
    accepting = lots.accept_pending_decision(shown, at=trial.at)
    return {
        "conditional_shown": accepting.allowed,
        "conditional_form": conditional or conditional_form(shown),
        "conditional_hash": content_hash(lots.conditional_content(shown)),
        "conditional_blocked": releasing.reasons,
        "pending": pending_facts(shown, plan=trial.definition.product),
        "signing_form": release or release_form(shown),
        "content_hash": content_hash(lots.release_content(shown)),
        "release_blocked": (releasing + lots.release_decision(shown, at=trial.at)).reasons,
    }


def _follow_ups(trial: TrialContext, shown: ProductLot) -> dict[str, Any]:
    zone = trial.access.timezone
    rows = [follow_up_row(row, zone=zone) for row in visible_follow_ups(trial).filter(lot=shown)]
    caption = _("Recipients to be followed up")
    return {"caption": caption, "caption_hidden": True, "columns": follow_up_columns(), "rows": rows}


def result_form(trial: TrialContext, shown: ProductLot, data: object = None) -> ReleaseTestForm:
    recorded = lot_results(shown)
    criteria = [c for c in trial.definition.product.release_criteria if c.code not in recorded]
    return ReleaseTestForm(data, criteria=criteria, today=trial.access.day(trial.at))


def conditional_form(shown: ProductLot, data: object = None) -> SigningForm:
    seen = content_hash(lots.conditional_content(shown))
    return SigningForm(data, meaning=Meaning.CONDITIONAL_RELEASE, content_hash=seen, auto_id="conditional-%s")


def release_form(shown: ProductLot, data: object = None) -> SigningForm:
    seen = content_hash(lots.release_content(shown))
    return SigningForm(data, meaning=Meaning.PRODUCT_RELEASE, content_hash=seen, auto_id="release-%s")


def lot_trail(shown: ProductLot, here: str = "") -> tuple[tuple[str, str], ...]:
    own = reverse("lot", args=[shown.number]) if here else ""
    pairs = ((_("Lot %(number)s") % {"number": shown.number}, own),)
    return (*pairs, (here, "")) if here else pairs
