"""The vital signs on the page of an infusion: the point to be entered now, the table, the alerts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from dosing.forms.vital_signs import CorrectVitalSignsForm, NotDoneForm, VitalSignsForm
from dosing.models import Infusion, VitalSigns
from dosing.rules.monitoring_schedule import EXTRA
from dosing.rules.states import InfusionState
from dosing.selectors.series import Series, plan_of
from dosing.views.vitals_shown import alerts_shown, point_label, series_rows

if TYPE_CHECKING:
    from dosing.views.bedside import Answered


def vitals_context(
    request: HttpRequest, infusion: Infusion, series: Series, answered: Answered, *, at: datetime
) -> dict[str, Any]:
    plan, zone = plan_of(infusion), infusion.subject.site.timezone
    point = _chosen(request, series)
    correcting = _correcting(request, series, answered)
    next_due = series.next_due
    due = {
        "code": point,
        "label": point_label(point, morning=plan.next_morning_visit),
        "due_at": _due_at(series, point),
    }
    return {
        "series": series_rows(series, plan=plan, zone=zone),
        "has_series": infusion.state != InfusionState.NOT_GIVEN,
        "next_due": next_due.point if next_due else None,
        "next_due_label": point_label(next_due.point.code, morning=plan.next_morning_visit) if next_due else "",
        "alerts": alerts_shown(
            series, infusion, plan=plan, answered={answered.about: answered.form_of("answer")} if answered.about else {}
        ),
        "vital_point": due,
        "vitals_form": answered.form_of("vitals") or VitalSignsForm(plan=plan, initial={"point": point}),
        "not_done_form": answered.form_of("not_done") or NotDoneForm(initial={"point": point}),
        "correcting": correcting,
        "correct_form": answered.form_of("correct")
        or (correcting and CorrectVitalSignsForm(plan=plan, entry=correcting, timezone=zone)),
        "extra_point": EXTRA,
    }


def _chosen(request: HttpRequest, series: Series) -> str:
    """The point that was asked for while it is open, else the one that is due or next, else an extra one."""
    asked = request.POST.get("point") or request.GET.get("point", "")
    line = series.line(asked)
    if asked == EXTRA or (line and line.is_open):
        return asked
    return series.next_due.point.code if series.next_due else EXTRA


def _due_at(series: Series, point: str) -> datetime | None:
    line = series.line(point)
    return line.point.due_at if line else None


def _correcting(request: HttpRequest, series: Series, answered: Answered) -> VitalSigns | None:
    asked = str(answered.about) if answered.section == "correct" else request.GET.get("correct", "")
    return next((line.entry for line in series.lines if line.entry and str(line.entry.pk) == asked), None)
