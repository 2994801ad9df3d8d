"""My work: everything that waits for the person who is signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reports.selectors.work import work_of
from reports.selectors.work_items import GROUP_LABELS, WorkGroup
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.selectors.drafts import drafts_of


@require_GET
@requires(Permission.STUDY_VIEW)
def work(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    waiting = work_of(trial)
    groups = [
        {"code": group, "label": GROUP_LABELS[group], "items": items}
        for group in WorkGroup
        if (items := waiting.of(group))
    ]
    context = {
        "groups": groups,
        "lapsed": waiting.lapsed,
        "waiting": waiting,
        "drafts": drafts_of(trial.user, study=trial.study),
    }
    return render(request, "reports/work.html", context)
