"""A visit as labels and values: what was planned, what its window is, what took place, who recorded it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from followup.models import Visit
from followup.selectors.visit_page import VisitPage
from followup.views.rows import answer_words, days_off_words
from trial.rules.site_time import site_date
from trial.templatetags.look import trial_date, trial_time

Item = dict[str, object]


def visit_facts_shown(page: VisitPage) -> list[Item]:
    """Planned, window and actual day side by side, so that a deviation is seen and not worked out."""
    visit = page.line.visit
    zone = visit.subject.site.timezone
    return [
        {"label": _("Visit"), "value": " + ".join(page.labels) or visit.code, "note": _merged(visit)},
        {"label": _("Planned for"), "value": trial_date(visit.nominal_on) if visit.nominal_on else None},
        {"label": _("Window opens"), "value": _time(visit.opens_at, zone) or _("not known yet")},
        {"label": _("Window closes"), "value": _time(visit.closes_at, zone) or _("not known yet")},
        {"label": _("Took place"), "value": _time(visit.done_at, zone)},
        {"label": _("Days off"), "value": _days_off(page) or "—", "note": _from_nominal(visit)},
    ]


def visit_record_shown(visit: Visit) -> list[Item]:
    zone = visit.subject.site.timezone
    items: list[Item] = []
    if visit.missed_reason:
        items.append({"label": _("Missed because"), "value": visit.missed_reason})
    else:
        items += [
            {"label": _("Adverse events"), "value": answer_words(visit.adverse_events_asked)},
            {"label": _("Note"), "value": visit.note or None},
        ]
    by = visit.recorded_by
    return [
        *items,
        {"label": _("Recorded by"), "value": by.printed_name if by else None},
        {"label": _("Recorded at"), "value": _time(visit.recorded_at, zone)},
    ]


def _days_off(page: VisitPage) -> str | None:
    if page.line.visit.done_at is None:
        return None
    return days_off_words(page.line.days_off) or _("within its window")


def _from_nominal(visit: Visit) -> str:
    if visit.done_at is None or visit.nominal_on is None:
        return ""
    days = (site_date(visit.done_at, timezone=visit.subject.site.timezone) - visit.nominal_on).days
    return _("%(days)+d days from the planned day") % {"days": days} if days else _("on the planned day")


def _merged(visit: Visit) -> str:
    return _("This visit is also %(code)s.") % {"code": visit.merged_with} if visit.merged_with else ""


def _time(at: datetime | None, zone: str) -> str | None:
    return trial_time(at, zone) if at else None
