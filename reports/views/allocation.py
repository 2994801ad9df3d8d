"""Allocation: the next slot and why this subject gets it, or every reason why not; and the list of those who wait."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from enrollment.rules.states import SubjectState
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import allocations
from enrollment.views.crumbs import subject_head
from reports import addresses
from reports.forms.allocation import OrderForm
from reports.selectors.allocation import AllocationPage, allocation_page
from reports.selectors.waiting import waiting_page
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason

_BEFORE_DOSE = frozenset({SubjectState.SCREENING, SubjectState.ELIGIBLE, SubjectState.ALLOCATED})


@requires(Permission.SUBJECT_VIEW, post=Permission.ALLOCATE)
def allocation(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    form = OrderForm(request.POST if request.method == "POST" else None)
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            lambda: allocations.allocate(
                subject=subject, by=trial.user, at=trial.at, order_reason=form.cleaned_data["order_reason"]
            )
        )
        if outcome.result is not None:
            values = {
                "code": subject.code,
                "slot": outcome.result.slot.label,
                "number": outcome.result.subject_number,
            }
            messages.success(request, _("%(code)s has slot %(slot)s, subject number %(number)s.") % values)
            return redirect("subject", code=subject.code)
        refusal, status = outcome.reasons, outcome.status
    page = allocation_page(trial, subject)
    context = subject_head(trial, subject, here="allocate", label=_("Allocation")) | {
        "page": page,
        "facts": page.facts,
        # After a refused attempt its own reasons are shown: they are what the service found, under the lock.
        "reasons": refusal or page.decision.reasons,
        "refusal": refusal,
        "form": form if _asks_only_for_order(page) else None,
        "waiting_url": addresses.waiting(),
        "replacement_url": addresses.replacement(subject.code),
        "gate_url": _gate_before(page),
        # Who was dosed has kept them.
        "intervals": page.intervals if subject.state in _BEFORE_DOSE else None,
    }
    return render(request, "reports/allocation.html", context, status=status)


@require_GET
@requires(Permission.SUBJECT_VIEW)
def waiting_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    page = waiting_page(trial)
    context = {
        "page": page,
        "zone": trial.access.timezone,
        "may_allocate": trial.may(Permission.ALLOCATE),
        "gate_url": addresses.gate(page.gate.rows.cohort.number) if page.gate else "",
        "breadcrumbs": [{"label": _("Waiting list")}],
    }
    return render(request, "reports/waiting_list.html", context)


def _gate_before(page: AllocationPage) -> str:
    """The gate whose decision opens the cohort of the next slot; empty where none is pending."""
    cohort = page.facts.next_cohort
    return addresses.gate(cohort - 1) if cohort and cohort > 1 and not page.facts.next_cohort_open else ""


def _asks_only_for_order(page: AllocationPage) -> bool:
    """The reason for passing somebody over is asked for where nothing else stands in the way."""
    return page.decision.codes == ("ALC-ORDER",)
