"""One cohort on a page: slots, exposure, intervals, gate, holds, and what may happen next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dosing.models import Infusion
from dosing.rules.exposure import Exposure
from dosing.rules.planning import GivingWindow, giving_window
from dosing.selectors.exposure import exposure_in
from dosing.selectors.intervals import CohortIntervals, cohort_intervals
from dosing.selectors.outlook import Outlook, outlooks
from enrollment.selectors.allocation import is_open, next_slot
from enrollment.selectors.waiting import Waiting, waiting_list
from reports.selectors.cohort_next import Step, Vacancy, next_steps
from reports.selectors.gates import told_reasons
from safety.selectors.gate import Assessment, assess
from safety.selectors.gate_rows import SubjectRows
from safety.selectors.hold_list import visible_holds
from trial.edge.context import TrialContext
from trial.models import Cohort, CohortClearance, DosingHold, Slot
from trial.protocol.schema import Regimen
from trial.rules.decision import Reason
from trial.rules.site_time import site_date


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInfusion:
    """``given_on`` None: not begun. ``window``: the days it was due in, None for a first one.

    ``days_outside``: negative before that window, positive after it. ``exposure``: of this infusion alone.
    """

    infusion: Infusion
    given_on: date | None
    days_since_previous: int | None
    window: GivingWindow | None
    days_outside: int
    exposure: Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who has or had a slot. ``is_visible`` False: of a site that the reader does not see."""

    rows: SubjectRows
    is_visible: bool
    planned_million_per_kg: Decimal
    exposure: Exposure
    infusions: tuple[GivenInfusion, ...]

    @property
    def code(self) -> str:
        return self.rows.subject.code if self.is_visible else ""

    @property
    def has_left(self) -> bool:
        return self.rows.allocation.vacated_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLine:
    """``holder`` None: vacant. ``earlier``: those who gave the slot back, in order."""

    slot: Slot
    holder: Member | None
    earlier: tuple[Member, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        return (*self.earlier, self.holder) if self.holder else self.earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPage:
    """``clearance``: the latest opening, None: never opened. ``gate_before`` None: the first cohort has none.

    ``next_slot``: the next one in order, if it is of this cohort; ``waiting``: everybody who waits for it.
    """

    cohort: Cohort
    gate: Assessment
    gate_reasons: tuple[Reason, ...]
    gate_before: Assessment | None
    gate_before_reasons: tuple[Reason, ...]
    clearance: CohortClearance | None
    is_open: bool
    slots: tuple[SlotLine, ...]
    intervals: CohortIntervals
    regimen: Regimen
    steps: tuple[Step, ...]
    outlooks: tuple[Outlook, ...]
    next_slot: Slot | None
    waiting: tuple[Waiting, ...]
    holds: tuple[DosingHold, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Everybody who ever had a slot, by slot, and in it in the order in which they had it."""
        return tuple(member for line in self.slots for member in line.members)


def cohort_page(trial: TrialContext, cohort: Cohort) -> CohortPage:
    """The number of queries depends on neither subjects nor infusions nor events. ``cohort`` comes with its study."""
    gate = assess(cohort, at=trial.at)
    before = Cohort.objects.filter(study=trial.study, number=cohort.number - 1).select_related("study").first()
    gate_before = assess(before, at=trial.at) if before else None
    sites = trial.access.sites(at=trial.at)
    own = tuple(found for found in outlooks(trial.study, at=trial.at) if found.allocation.slot.cohort_id == cohort.pk)
    clearance = CohortClearance.objects.filter(cohort=cohort).order_by("-opened_at", "-pk").first()
    opened = is_open(cohort.pk, at=trial.at)
    slot = next_slot(trial.study)
    vacancy = slot if slot and slot.cohort_id == cohort.pk else None
    waiting = waiting_list(trial.study) if vacancy else ()
    slots = tuple(_slots(gate, sites=sites))
    regimen = gate.rows.definition.regimen
    return CohortPage(
        cohort=cohort,
        gate=gate,
        gate_reasons=told_reasons(trial, gate),
        gate_before=gate_before,
        gate_before_reasons=told_reasons(trial, gate_before) if gate_before else (),
        clearance=clearance,
        is_open=opened,
        slots=slots,
        intervals=cohort_intervals(trial.study, cohort=cohort.number, regimen=regimen, zone=gate.timezone),
        regimen=regimen,
        steps=next_steps(trial, gate, outlooks=own, vacancy=_vacancy(vacancy, waiting, gate_before, is_open=opened)),
        outlooks=tuple(found for found in own if sites is None or found.subject.site_id in sites),
        next_slot=vacancy,
        waiting=waiting,
        holds=_holds(trial, cohort, codes={row.subject.code for row in gate.rows.subjects}),
    )


def _vacancy(
    slot: Slot | None, waiting: Sequence[Waiting], gate_before: Assessment | None, *, is_open: bool
) -> Vacancy | None:
    if slot is None:
        return None
    closed = gate_before.result.permission.reasons if gate_before and not is_open else ()
    return Vacancy(slot=slot.label, first=waiting[0].subject if waiting else None, closed=closed)


def _holds(trial: TrialContext, cohort: Cohort, *, codes: set[str]) -> tuple[DosingHold, ...]:
    """In force, on what this cohort could receive: of the study, of the cohort, of its subjects."""
    return tuple(
        hold
        for hold in visible_holds(trial).filter(lifted_at__isnull=True)
        if hold.cohort_id == cohort.pk or (hold.cohort_id is None and hold.subject_code in {"", *codes})
    )


# ------------------------------------------------------------------------------------------------- slots and exposure


def _slots(gate: Assessment, *, sites: frozenset[int] | None) -> list[SlotLine]:
    members: dict[int, list[Member]] = {}
    # The number of a replacement is higher than that of whom it replaces.
    for rows in sorted(gate.rows.subjects, key=_number):
        members.setdefault(rows.allocation.slot_id, []).append(_member(rows, gate=gate, sites=sites))
    lines = []
    for slot in Slot.objects.filter(cohort=gate.rows.cohort).order_by("number"):
        own = members.get(slot.pk, [])
        lines.append(
            SlotLine(
                slot=slot,
                holder=next((member for member in own if not member.has_left), None),
                earlier=tuple(member for member in own if member.has_left),
            )
        )
    return lines


def _number(rows: SubjectRows) -> int:
    return rows.number


def _member(rows: SubjectRows, *, gate: Assessment, sites: frozenset[int] | None) -> Member:
    planned = _planned(rows.subject.protocol_version_id, gate)
    return Member(
        rows=rows,
        is_visible=sites is None or rows.subject.site_id in sites,
        planned_million_per_kg=planned * gate.rows.cohort.infusions,
        exposure=exposure_in(rows.infusions, planned=planned),
        infusions=_given(rows, gate=gate, planned=planned),
    )


def _planned(version_id: int, gate: Assessment) -> Decimal:
    return Decimal(gate.rows.versions[version_id].definition.regimen.dose_million_per_kg)


def _given(rows: SubjectRows, *, gate: Assessment, planned: Decimal) -> tuple[GivenInfusion, ...]:
    regimen = gate.rows.versions[rows.subject.protocol_version_id].definition.regimen
    days = _days(rows.infusions, timezone=rows.subject.site.timezone)
    found = []
    for infusion in rows.infusions:
        on, previous = days.get(infusion.number), days.get(infusion.number - 1)
        window = giving_window(previous, regimen=regimen) if previous else None
        found.append(
            GivenInfusion(
                infusion=infusion,
                given_on=on,
                days_since_previous=(on - previous).days if on and previous else None,
                window=window,
                days_outside=window.days_outside(on) if window and on else 0,
                exposure=exposure_in([infusion], planned=planned),
            )
        )
    return tuple(found)


def _days(infusions: Sequence[Infusion], *, timezone: str) -> Mapping[int, date]:
    """The site days on which infusions began, by number."""
    return {each.number: site_date(each.started_at, timezone=timezone) for each in infusions if each.started_at}
