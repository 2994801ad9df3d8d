"""Allocation: the next slot and why this subject gets it, or every reason why not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enrollment.rules.allocation import may_allocate
from enrollment.selectors.allocation import allocation_facts
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import allocations
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason


@requires(Permission.SUBJECT_VIEW, post=Permission.ALLOCATE)
def allocation(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST":
        outcome = attempt(lambda: allocations.allocate(subject=subject, by=trial.user, at=trial.at))
        if outcome.result is not None:
            values = {"code": subject.code, "slot": outcome.result.slot.label}
            messages.success(request, _("%(code)s has slot %(slot)s.") % values)
            return redirect("subject", code=subject.code)
        refusal, status = outcome.reasons, outcome.status
    facts = allocation_facts(subject, at=trial.at)
    decision = trial.check(Permission.ALLOCATE, site=subject.site) + may_allocate(facts)
    context = subject_head(trial, subject, here="allocate", label=_("Allocation")) | {
        "facts": facts,
        # After a refused attempt its own reasons are shown: they are what the service found, under the lock.
        "reasons": refusal or decision.reasons,
        "refusal": refusal,
        "allocation": getattr(subject, "allocation", None),
    }
    return render(request, "enrollment/allocation.html", context, status=status)
