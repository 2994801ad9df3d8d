"""Participant flow: the figure that a publication begins with, as of now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.selectors.participant_flow import ParticipantFlow, participant_flow
from reports.views.flow_boxes import Measure, figure_of, measures, screening_boxes
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission


@require_GET
@requires(Permission.SUBJECT_VIEW)
def flow(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    found = participant_flow(trial)
    context = {
        "flow": found,
        "figure": figure_of(found),
        "screening": screening_boxes(found),
        "levels": [_level(each, found) for each in measures()],
        "zone": trial.access.timezone,
        "breadcrumbs": [{"label": _("Participant flow")}],
    }
    return render(request, "reports/participant_flow.html", context)


def _level(measure: Measure, found: ParticipantFlow) -> dict[str, object]:
    numbers = [measure.number(cohort) for cohort in found.cohorts]
    return {"label": measure.label, "numbers": numbers, "total": sum(numbers)}
