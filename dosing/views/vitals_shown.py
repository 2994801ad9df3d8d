"""The series of vital signs as a page shows it: what is due, the table, alerts that ask for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from dosing.forms.vital_signs import ACTION_LABELS, UNIT_SHOWN, AnswerAlertForm
from dosing.models import Infusion, VitalSigns
from dosing.rules.monitoring_schedule import EXTRA
from dosing.rules.states import AlertAction
from dosing.selectors.series import PointStatus, Series, SeriesLine
from trial.protocol.schema import MonitoringPlan
from trial.rules.site_time import at_site
from trial.templatetags.look import quantity

_STATUS_WORDS = {
    PointStatus.DONE: ("DONE", ""),
    PointStatus.NOT_DONE: ("NOT_GIVEN", _("Not done")),
    PointStatus.DUE: ("DUE", ""),
    PointStatus.UPCOMING: ("PLANNED", _("Later")),
    PointStatus.MISSED: ("MISSED", ""),
}


def point_label(code: str, *, morning: str) -> str:
    """ "15 min before the start", "30 min after the end"."""
    if code == EXTRA:
        return _("Extra")
    if code == morning:
        return _("Next morning")
    minutes = int(code[1:])
    if code.startswith("E"):
        return _("%(n)s min after the end") % {"n": minutes}
    if minutes < 0:
        return _("%(n)s min before the start") % {"n": -minutes}
    return _("%(n)s min from the start") % {"n": minutes} if minutes else _("At the start")


def series_rows(series: Series, *, plan: MonitoringPlan, zone: str) -> list[dict[str, object]]:
    return [_row(line, plan=plan, zone=zone) for line in series.lines]


def _row(line: SeriesLine, *, plan: MonitoringPlan, zone: str) -> dict[str, object]:
    entry = line.entry
    state, word = _STATUS_WORDS[line.status]
    on_time = line.is_on_time
    return {
        "code": line.point.code,
        "label": point_label(line.point.code, morning=plan.next_morning_visit),
        "due_at": line.point.due_at,
        "state": state if on_time else "UNDETERMINED",
        "word": word if on_time else _("Outside its time"),
        "is_open": line.is_open,
        "entry": entry,
        "taken_at": entry.taken_at if entry else None,
        "values": [quantity(getattr(entry, field.code)) if entry else "" for field in plan.fields],
        "alerts": alert_labels(entry, plan) if entry else [],
        "notes": _notes(entry, plan) if entry else [],
        "observer": entry.observer.printed_name if entry else "",
    }


def _notes(entry: VitalSigns, plan: MonitoringPlan) -> list[str]:
    labels = {symptom.code: _(symptom.label) for symptom in plan.symptoms}
    symptoms = ", ".join(labels.get(code, code) for code in entry.symptoms)
    answer = getattr(entry, "answer", None)
    answered = f"{ACTION_LABELS[AlertAction(answer.action)]}. {answer.note}".strip() if answer else ""
    corrected = _("Corrected: %(reason)s") % {"reason": entry.replaced_reason} if entry.replaced_reason else ""
    return [text for text in (symptoms, entry.comment, entry.not_done_reason, answered, corrected) if text]


def alert_labels(entry: VitalSigns, plan: MonitoringPlan) -> list[str]:
    """What the limits that were touched are called in the protocol, then the symptoms."""
    labels = {alert.code: _(alert.label) for alert in plan.alerts}
    labels |= {symptom.code.upper(): _(symptom.label) for symptom in plan.symptoms}
    return [labels.get(code, code) for code in entry.alerts]


def alerts_shown(
    series: Series, infusion: Infusion, *, plan: MonitoringPlan, answered: Mapping[int, Any]
) -> list[dict[str, object]]:
    """Each with its values, the answer it asks for, and the draft of an adverse event."""
    return [
        {
            "entry": entry,
            "label": point_label(entry.point, morning=plan.next_morning_visit),
            "alerts": alert_labels(entry, plan),
            "values": _measured(entry, plan),
            "form": answered.get(entry.pk) or AnswerAlertForm(auto_id=f"answer-{entry.pk}-%s"),
            "event_url": reaction_url(infusion, entry.taken_at),
        }
        for entry in series.unanswered
    ]


def reaction_url(infusion: Infusion, observed_at: datetime | None) -> str:
    """The form of an adverse event with what is known already: an infusion related reaction, since this measurement."""
    term = infusion.subject.protocol_version.definition.monitoring.reaction_term
    return event_url(infusion, term=term, onset=observed_at)


def event_url(infusion: Infusion, *, term: str = "", onset: datetime | None = None, reaction: bool = True) -> str:
    """Empty where this installation has no such page."""
    known = {"infusion": str(infusion.number), "term": term, "reaction": "" if reaction else "no"}
    if onset is not None:
        known["onset"] = f"{at_site(onset, timezone=infusion.subject.site.timezone):%Y-%m-%dT%H:%M}"
    try:
        address = reverse("event-record", args=[infusion.subject.code])
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode({name: value for name, value in known.items() if value})}"


def _measured(entry: VitalSigns, plan: MonitoringPlan) -> str:
    parts = [
        f"{_(field.label)} {quantity(getattr(entry, field.code), UNIT_SHOWN.get(field.unit or '', field.unit or ''))}"
        for field in plan.fields
        if getattr(entry, field.code, None) is not None
    ]
    return ", ".join(parts)
