"""Withdrawal of a participant: what each scope stops, seen before anything is saved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enrollment.forms.consent import SCOPE_LABELS, WithdrawalForm
from enrollment.rules.collection import STOPPED_BY, Activity
from enrollment.rules.states import SubjectState, WithdrawalScope
from enrollment.rules.withdrawal import may_withdraw
from enrollment.selectors.consents import withdrawn_scopes
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import subjects
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Decision, Reason


@requires(Permission.SUBJECT_VIEW, post=Permission.CONSENT_RECORD)
def withdrawal(request: HttpRequest, code: str) -> HttpResponse:
    """What withdrawal means, its scope and its reason."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    earlier = withdrawn_scopes(subject)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        scope, why = WithdrawalScope(form.cleaned_data["scope"]), form.cleaned_data["reason"]
        outcome = attempt(
            lambda: subjects.withdraw(subject=subject, scope=scope, reason=why, by=trial.user, at=trial.at)
        )
        if not outcome.refused:
            messages.success(request, _("The withdrawal of %(code)s is recorded.") % {"code": subject.code})
            return redirect("subject", code=subject.code)
        reasons, status = outcome.reasons, outcome.status
    # The widest scope in question: where even that is refused, the form would only lead to a refusal.
    possible = may_withdraw(SubjectState(subject.state), earlier=earlier, scope=WithdrawalScope.ALL, reason="asked")
    decision: Decision = trial.check(Permission.CONSENT_RECORD, site=subject.site) + possible
    context = subject_head(trial, subject, here="consent", label=_("Withdrawal")) | {
        "form": form,
        "reasons": reasons,
        "blocked": decision.reasons,
        "earlier": [SCOPE_LABELS[scope] for scope in WithdrawalScope if scope in earlier],
        "table": _what_stops(),
    }
    return render(request, "enrollment/withdrawal.html", context, status=status)


def _what_stops() -> dict[str, object]:
    """Scope by scope what goes on and what stops: drawn from the table by which it is enforced."""
    activities = [
        (Activity.INFUSION, _("Infusions")),
        (Activity.VISIT, _("Visits")),
        (Activity.NEW_DATA, _("New data")),
        (Activity.SAMPLES, _("Use of samples")),
    ]
    rows = []
    for scope in WithdrawalScope:
        stopped = [
            {"state": "STOPPED", "value": _("stops")} if activity in STOPPED_BY[scope] else {"value": _("goes on")}
            for activity, _label in activities
        ]
        rows.append(
            {"cells": [{"value": SCOPE_LABELS[scope]}, *stopped, {"value": _("kept")}, {"value": _("goes on")}]}
        )
    return {
        "caption": _("What each withdrawal stops"),
        "columns": [{"label": label} for label in (_("Withdrawn from"), *(label for _activity, label in activities))],
        "rows": rows,
    }
