"""The watch over a series of vital signs: when it is over, what is missing in it is a deviation."""

from __future__ import annotations

from datetime import datetime

from dosing.models import Infusion, VitalSigns
from dosing.rules.monitoring_schedule import series_over_at
from dosing.selectors.guard import infusion_for_guard
from dosing.selectors.series import series_points
from dosing.services.departures import raise_departure
from trial.models import Study
from trial.rules.states import DeviationCategory
from trial.services import due
from trial.services.regulated import regulated
from trial.services.studies import service_user

OVER = "infusion.series_over"


def plan_after_end(infusion: Infusion) -> None:
    """The series is known to its last point once the infusion has ended."""
    over_at = series_over_at(series_points(infusion, at=infusion.ended_at)) if infusion.ended_at else None
    if over_at is None:
        return
    due.plan(
        study=infusion.subject.study,
        kind=OVER,
        key=f"infusion:{infusion.pk}:series",
        reference=str(infusion.pk),
        due_at=over_at,
    )


def report_missing(*, study: Study, reference: str, at: datetime) -> None:
    """The series is over: time points without an entry are one deviation that names them. Done by the sweep."""
    infusion = infusion_for_guard(int(reference))
    recorded = frozenset(VitalSigns.objects.filter(infusion=infusion).values_list("point", flat=True))
    missing = [point for point in series_points(infusion, at=at) if point.code not in recorded]
    if not missing or infusion.started_at is None:
        return
    by = service_user()
    with regulated(by=by, act="vital_signs.report_missing", study=study):
        raise_departure(
            infusion,
            category=DeviationCategory.MONITORING,
            code="DOS-VITALS-MISSING",
            about="vital-signs:missing",
            description=f"no entry for {', '.join(point.code for point in missing)} of the vital signs.",
            occurred_at=infusion.started_at,
            by=by,
            at=at,
        )
