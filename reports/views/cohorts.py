"""The cohorts: all of them side by side, and one with what may happen next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from reports import addresses
from reports.selectors.cohort import CohortPage, cohort_page
from reports.selectors.cohorts import CohortLine, cohort_lines
from reports.views.cohort_shown import exposure_table, interval_table, slot_table
from reports.views.cohort_steps import step_shown
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.models import Cohort
from trial.permissions import Permission
from trial.templatetags.look import quantity

# Who waits first; the whole list has a page of its own.
_WAITING_SHOWN = 5
_PER_KG = "× 10⁶/kg"


@require_GET
@requires(Permission.SUBJECT_VIEW)
def cohort_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    context = {
        "table": _table([_row(line) for line in cohort_lines(trial)]),
        "tabs": _tabs(trial, here=None),
        "breadcrumbs": [{"label": _("Cohorts")}],
    }
    return render(request, "reports/cohort_list.html", context)


@require_GET
@requires(Permission.SUBJECT_VIEW)
def cohort(request: HttpRequest, number: int) -> HttpResponse:
    trial = trial_of(request)
    found = get_object_or_404(Cohort.objects.select_related("study"), study=trial.study, number=number)
    page = cohort_page(trial, found)
    context = {
        "page": page,
        "steps": [step_shown(step) for step in page.steps],
        "slots": slot_table(page),
        "exposure": exposure_table(page),
        "intervals": interval_table(page),
        "first_in_line": page.waiting[:_WAITING_SHOWN],
        "visible_sites": trial.access.sites(at=trial.at),
        "gate_url": addresses.gate(number),
        "gate_before_url": addresses.gate(number - 1) if page.gate_before else "",
        "zone": page.gate.timezone,
        "tabs": _tabs(trial, here=number),
        "breadcrumbs": [
            {"label": _("Cohorts"), "url": reverse("cohort-list")},
            {"label": _title(page)},
        ],
    }
    return render(request, "reports/cohort.html", context)


def _table(rows: list[dict[str, object]]) -> dict[str, object]:
    columns = [
        {"label": _("Cohort")},
        {"label": _("Dosing")},
        {"label": _("Slots filled"), "numeric": True},
        {"label": _("Subjects dosed"), "numeric": True},
        {"label": _("Infusions begun"), "numeric": True},
        {"label": _("Cells received"), "numeric": True},
        {"label": _("The gate behind it")},
    ]
    return {"caption": _("Cohorts"), "caption_hidden": True, "columns": columns, "rows": rows}


def _row(line: CohortLine) -> dict[str, object]:
    each = quantity(line.per_subject_million_per_kg, _PER_KG)
    left = ngettext("%(n)s replaced", "%(n)s replaced", line.replaced) % {"n": line.replaced}
    planned = _("%(n)s planned for those in a slot") % {"n": line.planned}
    return {
        "cells": [
            {
                "value": _("Cohort %(number)s") % {"number": line.number},
                "url": addresses.cohort(line.number),
                "note": _("%(dose)s for each subject") % {"dose": each},
            },
            {"state": "OPEN" if line.is_open else "CLOSED"},
            {"value": f"{line.filled} / {line.slots}", "numeric": True, "note": left if line.replaced else ""},
            {"value": str(line.dosed), "numeric": True},
            {"value": str(line.given), "numeric": True, "note": planned},
            {"value": quantity(line.given_million_per_kg, _PER_KG), "numeric": True, "note": _("over all subjects")},
            {"state": line.gate.result.state.value},
        ]
    }


def _title(page: CohortPage) -> str:
    return _("Cohort %(number)s") % {"number": page.cohort.number}


def _tabs(trial: TrialContext, *, here: int | None) -> list[dict[str, object]]:
    every = {"label": _("All cohorts"), "url": reverse("cohort-list"), "is_here": here is None}
    return [
        every,
        *(
            {
                "label": _("Cohort %(number)s") % {"number": plan.number},
                "url": addresses.cohort(plan.number),
                "is_here": plan.number == here,
            }
            for plan in trial.definition.cohorts
        ),
    ]
