"""The audit trail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reports.forms.audit_trail import TrailForm
from reports.selectors.audit_trail import TrailPage, audit_trail
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission


@require_GET
@requires(Permission.HISTORY_VIEW)
def history(request: HttpRequest) -> HttpResponse:
    form = TrailForm(request.GET)
    page = TrailPage((), None)
    if form.is_valid():
        page = audit_trail(trial_of(request), form.wanted(), before=form.cleaned_data["before"])
    return render(request, "reports/history.html", {"form": form, "page": page})
