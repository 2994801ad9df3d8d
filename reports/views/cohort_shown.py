"""The tables of a cohort's page: slots, exposure and intervals. Nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dosing.rules.exposure import Exposure
from dosing.selectors.outlook import Outlook
from reports import addresses
from reports.selectors.cohort import CohortPage, GivenInfusion, Member, SlotLine
from safety.selectors.gate_facts import window_of
from trial.templatetags.look import quantity, trial_date

Table = Mapping[str, object]
Cell = dict[str, object]
_PER_KG = "× 10⁶/kg"


def slot_table(page: CohortPage) -> Table:
    columns = [_("Slot"), _("Subject"), _("State"), _("Infusions"), _("Observed until"), _("Had it before")]
    return _table(_("Slots"), columns, [_slot_row(line, page) for line in page.slots])


def _slot_row(line: SlotLine, page: CohortPage) -> Table:
    holder = line.holder
    before: Cell = {"value": ", ".join(_named(member) for member in line.earlier) or None}
    if line.earlier:
        before["note"] = "; ".join(
            member.rows.allocation.vacated_reason for member in line.earlier if member.is_visible
        )
    if holder is None:
        return {"cells": [{"value": line.slot.label}, {"value": None}, {"state": "VACANT"}, {}, {}, before]}
    window = window_of(holder.rows, rows=page.gate.rows)
    given = len(holder.rows.started)
    return {
        "cells": [
            {"value": line.slot.label},
            _subject(holder, note=_("no. %(number)s") % {"number": holder.rows.number}),
            {"state": holder.rows.subject.state if holder.is_visible else "FILLED"},
            {"value": _("%(given)s of %(planned)s") % {"given": given, "planned": page.cohort.infusions}},
            {"value": trial_date(window.closes_on) if window else None},
            before,
        ]
    }


def exposure_table(page: CohortPage) -> Table:
    """One row per subject who was or will be dosed, one column per infusion of the regimen."""
    numbers = range(1, page.cohort.infusions + 1)
    columns: list[str] = [_("Subject"), *(_("Infusion %(number)s") % {"number": number} for number in numbers)]
    columns += [_("Cells received"), _("Planned in all"), _("Relative dose intensity")]
    rows = [_exposure_row(member, numbers) for member in page.members if member.is_visible]
    return _table(_("Exposure"), columns, rows, numeric_from=1)


def _exposure_row(member: Member, numbers: range) -> Table:
    by_number = {given.infusion.number: given for given in member.infusions}
    note = _("left the slot") if member.has_left else member.rows.allocation.slot.label
    return {
        "cells": [
            _subject(member, note=note),
            *(_dose(by_number.get(number)) for number in numbers),
            _number(quantity(member.exposure.given_million_per_kg, _PER_KG), note=_infusions(member.exposure)),
            _number(quantity(member.planned_million_per_kg, _PER_KG)),
            _number(intensity(member.exposure), note=_("of the infusions that are over")),
        ]
    }


def _dose(given: GivenInfusion | None) -> Cell:
    if given is None:
        return _number(None)
    infusion = given.infusion
    if infusion.given_million_per_kg is None:
        return {"state": infusion.state, "note": trial_date(given.given_on or infusion.planned_on)}
    shown = quantity(infusion.given_million_per_kg, _PER_KG)
    note = _("%(percent)s of planned") % {"percent": intensity(given.exposure)}
    return _number(shown, note=note, url=addresses.infusion(infusion.pk))


def _infusions(found: Exposure) -> str:
    return ngettext("%(n)s infusion", "%(n)s infusions", found.infusions) % {"n": found.infusions}


def intensity(found: Exposure) -> str | None:
    """Given over planned in percent, two decimals. None while nothing is over."""
    ratio = found.relative_dose_intensity
    return None if ratio is None else quantity((ratio * 100).quantize(Decimal("0.01")), "%")


def interval_table(page: CohortPage) -> Table:
    """Each infusion with the days in which it was or is due, and the day on which it was given."""
    columns = [_("Subject"), _("Infusion"), _("State"), _("Due from"), _("Due until"), _("Given"), _("Judged")]
    ahead = {(found.subject.pk, found.number): found for found in page.outlooks}
    rows = []
    for member in page.members:
        if not member.is_visible:
            continue
        rows += [
            _given_row(member, given)
            for given in member.infusions
            if (member.rows.subject.pk, given.infusion.number) not in ahead
        ]
        rows += [_ahead_row(member, found) for key, found in ahead.items() if key[0] == member.rows.subject.pk]
    return _table(_("Infusion by infusion"), columns, rows)


def _given_row(member: Member, given: GivenInfusion) -> Table:
    window, infusion = given.window, given.infusion
    return {
        "cells": [
            _subject(member),
            {"value": str(infusion.number), "url": addresses.infusion(infusion.pk)},
            {"state": infusion.state},
            {"value": trial_date(window.opens_on) if window else None},
            {"value": trial_date(window.closes_on) if window else None},
            {"value": trial_date(given.given_on) if given.given_on else None, "note": _since(given)},
            {"value": _judged(given)},
        ],
        "tone": "stop" if given.days_outside else "",
    }


def _since(given: GivenInfusion) -> str:
    days = given.days_since_previous
    if days is None:
        return ""
    return ngettext("%(n)s day after the one before", "%(n)s days after the one before", days) % {"n": days}


def _judged(given: GivenInfusion) -> str | None:
    if given.given_on is None or given.window is None:
        return None
    days = given.days_outside
    if not days:
        return _("in its days")
    if days < 0:
        return ngettext("%(n)s day early", "%(n)s days early", -days) % {"n": -days}
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}


def _ahead_row(member: Member, found: Outlook) -> Table:
    url = addresses.infusion(found.infusion.pk) if found.infusion else addresses.infusion_plan(member.code)
    planned = trial_date(found.planned_on) if found.planned_on else _("not planned yet")
    return {
        "cells": [
            _subject(member),
            {"value": str(found.number), "url": url},
            {"state": found.infusion.state if found.infusion else "TO_PLAN"},
            {"value": trial_date(found.days.opens_on) if found.days.opens_on else _from_words(found)},
            {"value": trial_date(found.days.closes_on) if found.days.closes_on else None, "note": _until_words(found)},
            {"value": None, "note": planned},
            {"value": None},
        ]
    }


def _from_words(found: Outlook) -> str:
    return _("any day") if found.days.is_known else _("not known: the one before has not begun")


def _until_words(found: Outlook) -> str:
    return _("the signed results stand until then") if found.number == 1 and found.days.closes_on else ""


# ------------------------------------------------------------------------------------------------------------- cells


def _table(caption: str, columns: list[str], rows: list[Table], *, numeric_from: int | None = None) -> Table:
    heads = [
        {"label": label, "numeric": numeric_from is not None and index >= numeric_from}
        for index, label in enumerate(columns)
    ]
    return {"caption": caption, "caption_hidden": True, "columns": heads, "rows": rows}


def _number(value: str | None, *, note: str = "", url: str = "") -> Cell:
    return {"value": value, "numeric": True, "note": note if value is not None else "", "url": url}


def _named(member: Member) -> str:
    return member.code or _("no. %(number)s") % {"number": member.rows.number}


def _subject(member: Member, *, note: str = "") -> Cell:
    if not member.is_visible:
        return {"value": _("another site"), "note": note}
    return {"value": member.code, "url": addresses.subject(member.code), "note": note}
