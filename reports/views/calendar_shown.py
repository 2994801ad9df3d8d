"""The days and rows of the calendar. Nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from dosing.rules.states import LotState
from reports import addresses
from reports.selectors.calendar import Calendar, Entry

Shown = Mapping[str, object]


def entry_shown(entry: Entry, *, today: date) -> Shown:
    """``flag``: what is to be seen at a glance, beside the state."""
    unit = entry.unit
    return {
        "on": entry.on,
        "name": _("%(subject)s, infusion %(number)s") % {"subject": entry.subject, "number": entry.number},
        "short": f"{entry.subject} · {entry.number}",
        "url": entry_url(entry),
        "subject": entry.subject,
        "subject_url": addresses.subject(entry.subject),
        "site": entry.site,
        "cohort": entry.cohort,
        "cohort_url": addresses.cohort(entry.cohort),
        "slot": entry.slot,
        "state": entry.state or "TO_PLAN",
        "opens_on": entry.opens_on,
        "closes_on": entry.closes_on,
        "is_ahead": entry.is_ahead,
        "is_past": entry.is_ahead and entry.on < today,
        "is_outside": entry.is_ahead and _is_outside(entry),
        "needs_unit": entry.needs_unit,
        "unit": str(unit) if unit else "",
        "unit_url": addresses.unit(unit.pk) if unit else "",
        "unit_state": unit.state if unit else "",
        "lot_state": unit.lot.state if unit and entry.is_ahead and unit.lot.state != LotState.RELEASED else "",
        "reasons": entry.reasons,
    }


def entry_url(entry: Entry) -> str:
    return addresses.infusion(entry.pk) if entry.pk is not None else addresses.infusion_plan(entry.subject)


def _is_outside(entry: Entry) -> bool:
    """Planned for a day on which it is not due."""
    early = entry.opens_on is not None and entry.on < entry.opens_on
    late = entry.closes_on is not None and entry.on > entry.closes_on
    return early or late


def day_shown(day: date, found: Calendar, *, month: date) -> Shown:
    """One cell of the month: what stands on the day, the days that open and close, and how many visits."""
    ahead = [entry for entry in found.entries if entry.is_ahead]
    return {
        "on": day,
        "is_today": day == found.today,
        "is_other_month": (day.year, day.month) != (month.year, month.month),
        "entries": [entry_shown(entry, today=found.today) for entry in found.entries if entry.on == day],
        "opens": [entry_shown(entry, today=found.today) for entry in ahead if entry.opens_on == day != entry.on],
        "closes": [entry_shown(entry, today=found.today) for entry in ahead if entry.closes_on == day],
        "visits": found.visits.get(day, 0),
        "visits_url": addresses.visits(nominal_from=f"{day}", nominal_to=f"{day}"),
    }
