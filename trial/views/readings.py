"""Decisions to escalate, for those who dose: read them, and confirm it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.models import CohortClearance
from trial.permissions import Permission
from trial.rules.roles import ROLE_LABELS, Role
from trial.selectors.readings import DecisionLine, decisions
from trial.services import readings


@requires(Permission.GATE_VIEW)
def decision_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    return render(request, "trial/decision_list.html", _context(trial))


@requires(Permission.DECISION_READ)
@require_POST
def decision_read(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    clearance = get_object_or_404(
        CohortClearance.objects.select_related("cohort__study"), pk=pk, cohort__study=trial.study
    )
    outcome = attempt(lambda: readings.confirm(clearance=clearance, by=trial.user, at=trial.at))
    if outcome.refused:
        context = _context(trial) | {"reasons": outcome.reasons}
        return render(request, "trial/decision_list.html", context, status=outcome.status)
    messages.success(request, _("You have confirmed that you read the decision."))
    return redirect("decision-list")


def _context(trial: TrialContext) -> dict[str, object]:
    reading = trial.check(Permission.DECISION_READ)
    return {
        "decisions": [_shown(line, trial) for line in decisions(trial.study, at=trial.at)],
        "may_read": reading.allowed,
        "zone": trial.access.timezone,
        "breadcrumbs": [{"label": _("Decisions to escalate")}],
    }


def _shown(line: DecisionLine, trial: TrialContext) -> dict[str, object]:
    return {
        "pk": line.clearance.pk,
        "cohort": line.clearance.cohort,
        "gate": line.gate_number,
        "state": "REVOKED" if line.clearance.revoked_at else "OPEN",
        "opened_at": line.clearance.opened_at,
        "revoked_at": line.clearance.revoked_at,
        "revoked_reason": line.clearance.revoked_reason,
        "readings": [
            {"who": each.user.printed_name, "role": ROLE_LABELS[Role(each.role)], "at": each.read_at}
            for each in line.readings
        ],
        "missing": [user.printed_name for user in line.missing],
        "is_mine_to_read": not line.clearance.revoked_at and not line.is_read_by(trial.user),
    }
