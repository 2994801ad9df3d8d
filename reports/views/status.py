"""The state of the installation, for those who keep it running."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reports.selectors.status import system_status
from trial import clock
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.errors import NotPermitted
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import Role

READERS = frozenset({Role.ADMINISTRATOR, Role.DATA_MANAGER})
_REFUSED = Reason("PER-ROLE", "This is read by: Data manager, Administrator.", "21 CFR 11.10(d)")


@require_GET
@requires(Permission.STUDY_VIEW)
def status(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    if not trial.access.roles(at=trial.at) & READERS:
        raise NotPermitted(_REFUSED)
    context = {"status": system_status(trial.study, at=trial.at), "true_now": clock.true_now()}
    return render(request, "reports/status.html", context)
