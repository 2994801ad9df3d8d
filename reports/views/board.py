"""The study board, which is home."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reports import addresses
from reports.selectors.board import board_of
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission

# The rest stands under My work, one click further.
TASKS_SHOWN = 6


@require_GET
@requires(Permission.STUDY_VIEW)
def board(request: HttpRequest) -> HttpResponse:
    shown = board_of(trial_of(request))
    tasks = shown.work.items[:TASKS_SHOWN]
    return render(request, "reports/board.html", {"board": shown, "tasks": tasks, "holds_url": addresses.holds()})
