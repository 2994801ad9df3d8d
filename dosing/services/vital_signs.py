"""Vital signs: entered once for each time point, corrected by a later row, their alerts answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from dosing.models import AlertAnswer, Infusion, VitalSigns
from dosing.rules.monitoring_schedule import EXTRA, TimePoint
from dosing.rules.states import AlertAction, InfusionState
from dosing.rules.vital_alerts import Readings, vital_alerts
from dosing.rules.vital_answer import may_answer
from dosing.rules.vital_entry import VitalEntryFacts, may_correct_vital_signs, may_record_vital_signs
from dosing.selectors.guard import infusion_for_guard
from dosing.selectors.series import plan_of, readings_before, series_points
from dosing.services.departures import raise_departure
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.states import DeviationCategory
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalEntry:
    """``taken_at`` None with ``not_done_reason``: it was not done. Units: /min, mmHg, degrees Celsius, %, L/min."""

    point: str
    taken_at: datetime | None
    readings: Readings = field(default_factory=dict)
    symptoms: tuple[str, ...] = ()
    comment: str = ""
    not_done_reason: str = ""


def record(*, infusion: Infusion, entry: VitalEntry, by: User, at: datetime) -> VitalSigns:
    """Enter a time point as it was observed, or why it was not. Out of its tolerance, or not done: a deviation.

    Its alerts are computed now, against the protocol and the values before the start. Source: domain 1.8.
    """
    study = infusion.subject.study
    with regulated(by=by, act="vital_signs.record", study=study, reason=entry.not_done_reason):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        points = series_points(infusion, at=at)
        require(may_record_vital_signs(_facts(infusion, entry, points), at=at))
        row = _write(infusion, entry, by=by, at=at)
        _note_departure(infusion, entry, points, by=by, at=at)
        return row


def correct(*, entry: VitalSigns, corrected: VitalEntry, reason: str, by: User, at: datetime) -> VitalSigns:
    """Replace an entry by a later one; both stay. Raises ``RuleViolation`` when somebody has corrected it already."""
    infusion = entry.infusion
    study = infusion.subject.study
    with regulated(by=by, act="vital_signs.correct", study=study, reason=reason):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        superseded = VitalSigns.objects.filter(replaces=entry).exists()
        points = series_points(infusion, at=at)
        facts = _facts(infusion, corrected, points)
        require(may_correct_vital_signs(facts, superseded=superseded, reason=reason, at=at))
        row = _write(infusion, corrected, by=by, at=at, replaces=entry, reason=reason)
        _note_departure(infusion, corrected, points, by=by, at=at)
        return row


def answer(*, entry: VitalSigns, action: AlertAction, note: str, by: User, at: datetime) -> AlertAnswer:
    """Say what was done about the alerts of an entry, once."""
    infusion = entry.infusion
    study = infusion.subject.study
    with regulated(by=by, act="vital_signs.answer", study=study, reason=note):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        earlier = AlertAnswer.objects.filter(vital_signs=entry).select_related("answered_by").first()
        answered_by = earlier.answered_by.printed_name if earlier else ""
        require(may_answer(alerts=tuple(entry.alerts), answered_by=answered_by, action=action, note=note))
        return AlertAnswer.objects.create(vital_signs=entry, action=action, note=note, answered_at=at, answered_by=by)


def _facts(infusion: Infusion, entry: VitalEntry, points: tuple[TimePoint, ...]) -> VitalEntryFacts:
    earlier = None
    if entry.point != EXTRA:
        rows = VitalSigns.objects.filter(infusion=infusion, point=entry.point, replaces__isnull=True)
        earlier = rows.select_related("observer").first()
    return VitalEntryFacts(
        state=InfusionState(infusion.state),
        started_at=infusion.started_at,
        point=entry.point,
        known=frozenset(point.code for point in points),
        recorded_by=f"{earlier.observer.printed_name}, {earlier.recorded_at:%H:%M} UTC" if earlier else "",
        taken_at=entry.taken_at,
        not_done_reason=entry.not_done_reason,
        readings=entry.readings,
        has_symptoms_or_comment=bool(entry.symptoms or entry.comment.strip()),
    )


def _write(
    infusion: Infusion,
    entry: VitalEntry,
    *,
    by: User,
    at: datetime,
    replaces: VitalSigns | None = None,
    reason: str = "",
) -> VitalSigns:
    is_before = entry.taken_at is None or infusion.started_at is None or entry.taken_at <= infusion.started_at
    before = None if is_before else readings_before(infusion, started_at=infusion.started_at)
    found = vital_alerts(entry.readings, symptoms=entry.symptoms, before=before, plan=plan_of(infusion))
    values: dict[str, Decimal | None] = dict(entry.readings)
    return VitalSigns.objects.create(
        infusion=infusion,
        point=entry.point,
        taken_at=entry.taken_at,
        not_done_reason=entry.not_done_reason,
        symptoms=sorted(entry.symptoms),
        comment=entry.comment,
        alerts=[alert.code for alert in found],
        observer=by,
        recorded_at=at,
        replaces=replaces,
        replaced_reason=reason,
        **values,
    )


def _note_departure(
    infusion: Infusion, entry: VitalEntry, points: tuple[TimePoint, ...], *, by: User, at: datetime
) -> None:
    """A planned point that was not done, or not within its tolerance. An extra one has none."""
    point = next((point for point in points if point.code == entry.point), None)
    if point is None:
        return
    if entry.taken_at is None:
        code, what = "DOS-VITALS-MISSING", f"vital signs {point.code} were not done: {entry.not_done_reason}"
    elif not point.is_on_time(entry.taken_at):
        code, what = "DOS-VITALS-TIME", f"vital signs {point.code} were taken {_distance(point, entry.taken_at)}."
    else:
        return
    raise_departure(
        infusion,
        category=DeviationCategory.MONITORING,
        code=code,
        about=f"vital-signs:{point.code}",
        description=what,
        occurred_at=entry.taken_at or point.due_at or at,
        by=by,
        at=at,
    )


def _distance(point: TimePoint, taken_at: datetime) -> str:
    due_at = point.due_at or taken_at
    minutes = abs(int((taken_at - due_at).total_seconds() // 60))
    return f"{minutes} minutes {'after' if taken_at > due_at else 'before'} they were due, outside the tolerance"


def pre_dose_points_late(infusion: Infusion, *, by: User, at: datetime) -> None:
    """At the start it becomes known when what came before it was due: what was outside its time is a deviation."""
    points = series_points(infusion, at=at)
    rows = VitalSigns.objects.filter(infusion=infusion, replaced_by__isnull=True, taken_at__isnull=False)
    for row in rows:
        entry = VitalEntry(point=row.point, taken_at=row.taken_at)
        _note_departure(infusion, entry, points, by=by, at=at)
