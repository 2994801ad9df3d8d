"""The waiting list as a person may see it: in order, with what they wait for and what expires meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dosing.selectors.intervals import cohort_intervals
from enrollment.models import EligibilitySnapshot
from enrollment.rules.expiry import expired_by
from enrollment.selectors.allocation import is_open, next_slot
from enrollment.selectors.waiting import Waiting, waiting_list
from safety.selectors.gate import Assessment, assess
from trial.edge.context import TrialContext
from trial.models import Cohort, Slot
from trial.rules.decision import Reason
from trial.rules.site_time import site_date

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """``code`` empty: a subject of a site this person does not see, of whom nothing but the place is told.

    ``expired``: results that have to be repeated now; ``expiring``: those that will have to be, besides, by the day on
    which an infusion can come at the earliest.
    """

    place: int
    code: str
    site: str
    since: datetime
    expired: tuple[Reason, ...]
    expiring: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage:
    """``slot`` None: all are filled. ``gate`` None: none is pending, the cohort of the next slot is open.

    ``earliest_on``: the first site-local day on which somebody of this list could be dosed; None: not known yet.
    """

    slot: Slot | None
    is_open: bool
    gate: Assessment | None
    earliest_on: date | None
    lines: tuple[WaitingLine, ...]


def waiting_page(trial: TrialContext) -> WaitingPage:
    """The number of queries does not depend on how many wait."""
    slot = next_slot(trial.study)
    opened = slot is not None and is_open(slot.cohort_id, at=trial.at)
    gate = _pending_gate(slot, at=trial.at) if slot is not None and not opened else None
    earliest_on = _earliest_on(trial, slot, gate=gate, is_open=opened)
    return WaitingPage(
        slot=slot,
        is_open=opened,
        gate=gate,
        earliest_on=earliest_on,
        lines=_lines(trial, waiting_list(trial.study), earliest_on=earliest_on),
    )


def _pending_gate(slot: Slot, *, at: datetime) -> Assessment | None:
    """The gate before the cohort of the next slot; the first cohort has none."""
    before = Cohort.objects.filter(study=slot.cohort.study_id, number=slot.cohort.number - 1).select_related("study")
    cohort = before.first()
    return assess(cohort, at=at) if cohort else None


def _earliest_on(trial: TrialContext, slot: Slot | None, *, gate: Assessment | None, is_open: bool) -> date | None:
    """Not before the gate can be reviewed, nor before the intervals in the cohort are over."""
    if slot is None or not (is_open or gate):
        return None
    zone = trial.access.timezone
    days = [site_date(trial.at, timezone=zone)]
    if gate is not None:
        if gate.result.earliest_review_at is None:
            return None
        days.append(site_date(gate.result.earliest_review_at, timezone=zone))
    cohort = slot.cohort.number
    intervals = cohort_intervals(trial.study, cohort=cohort, regimen=trial.definition.regimen, zone=zone)
    if intervals.days is not None:
        days.append(intervals.days.earliest_on)
    return max(days)


def _lines(trial: TrialContext, waiting: Sequence[Waiting], *, earliest_on: date | None) -> tuple[WaitingLine, ...]:
    sites = trial.access.sites(at=trial.at)
    signed = _signed_facts(waiting)
    return tuple(
        _line(each, signed[each.subject.pk], at=trial.at, earliest_on=earliest_on)
        if sites is None or each.subject.site_id in sites
        else WaitingLine(place=each.place, code="", site="", since=each.since, expired=(), expiring=())
        for each in waiting
    )


def _line(each: Waiting, document: Document, *, at: datetime, earliest_on: date | None) -> WaitingLine:
    definition = each.subject.protocol_version.definition
    today = site_date(at, timezone=each.subject.site.timezone)
    expired = expired_by(document, definition=definition, on=today)
    later = expired_by(document, definition=definition, on=earliest_on) if earliest_on else ()
    told = {reason.code for reason in expired}
    return WaitingLine(
        place=each.place,
        code=each.subject.code,
        site=each.subject.site.code,
        since=each.since,
        expired=expired,
        expiring=tuple(reason for reason in later if reason.code not in told),
    )


def _signed_facts(waiting: Sequence[Waiting]) -> dict[int, Document]:
    """The facts as they were signed, which are the facts as they are: who waits has an intact signature. One query."""
    rows = EligibilitySnapshot.objects.filter(
        screening__subject__in=[each.subject.pk for each in waiting], overall="eligible"
    ).order_by("pk")
    signed = rows.values_list("screening__subject", "content")
    return {subject: json.loads(content)["facts"] for subject, content in signed}
