"""The study board: the escalation ladder, and the numbers that lead to what they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _

from enrollment.rules.states import SubjectState
from enrollment.selectors.subjects import visible_subjects
from enrollment.selectors.waiting import waiting_list
from followup.selectors.visits import visits_to_do
from reports import addresses
from reports.selectors.gates import assessments_of, told_reasons
from reports.selectors.work import Work, work_of
from reports.selectors.work_items import WorkGroup, WorkItem
from reports.selectors.work_subjects import visit_item
from safety.rules.cohort_state import CohortState
from safety.selectors.gate import Assessment
from safety.selectors.gate_facts import window_of
from safety.selectors.gate_rows import SubjectRows
from trial.edge.context import TrialContext
from trial.models import DosingHold, Slot
from trial.permissions import Permission
from trial.rules.site_time import site_date

VISITS_AHEAD = timedelta(days=7)
_MOST_VISITS = 100

Shown = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Board:
    """``ladder`` is None for whoever may not see subjects. ``visits``: the next seven days and what is overdue."""

    ladder: Shown | None
    stats: tuple[Shown, ...]
    holds: tuple[DosingHold, ...]
    visits: tuple[WorkItem, ...]
    work: Work


def board_of(trial: TrialContext) -> Board:
    """The number of queries depends on the number of cohorts, never on the number of subjects."""
    if not trial.may(Permission.SUBJECT_VIEW):
        return Board(ladder=None, stats=(), holds=(), visits=(), work=work_of(trial))
    gates = assessments_of(trial.study, at=trial.at)
    holds = tuple(
        DosingHold.objects.filter(study=trial.study, lifted_at__isnull=True).select_related("cohort").order_by("id")
    )
    visits = _visits(trial)
    return Board(
        ladder=_ladder(trial, gates),
        stats=tuple(_stats(trial, gates=gates, holds=holds, visits=visits)),
        holds=holds,
        visits=visits,
        work=work_of(trial, gates=gates),
    )


def _visits(trial: TrialContext) -> tuple[WorkItem, ...]:
    today = site_date(trial.at, timezone=trial.access.timezone)
    sites = trial.access.sites(at=trial.at)
    lines = visits_to_do(trial.study, at=trial.at, ahead=VISITS_AHEAD, sites=sites, most=_MOST_VISITS)
    return tuple(visit_item(line, today=today) for line in lines)


# ---------------------------------------------------------------------------------------------------------- numbers


def _stats(
    trial: TrialContext,
    *,
    gates: Sequence[Assessment],
    holds: Sequence[DosingHold],
    visits: Sequence[WorkItem],
) -> list[Shown]:
    states: dict[str, int] = dict(
        visible_subjects(trial)
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
        .values_list("state", "number")
    )
    allocated = sum(1 for gate in gates for row in gate.rows.subjects if row.allocation.vacated_at is None)
    overdue = sum(item.group is WorkGroup.OVERDUE for item in visits)
    unassessed = sum(
        event.relationship == "not_assessed" and event.voided_at is None
        for gate in gates
        for row in gate.rows.subjects
        for event in row.events
    )
    return [
        _stat(_("Allocated"), allocated, addresses.subjects(), of=trial.definition.study.target_enrolment),
        _stat(_("In screening"), *_counted(states, SubjectState.SCREENING)),
        _stat(_("Waiting list"), _waiting(trial), addresses.waiting(), note=_("eligible, for a slot")),
        _stat(_("Screen failures"), *_counted(states, SubjectState.SCREEN_FAILED)),
        _stat(
            _("Visits within 7 days"),
            len(visits),
            addresses.visits(),
            note=_("%(number)s overdue") % {"number": overdue} if overdue else "",
            tone="stop" if overdue else "",
        ),
        _stat(
            _("Events to assess"),
            unassessed,
            addresses.events(relationship="not_assessed"),
            tone="wait" * bool(unassessed),
        ),
        _stat(_("Dosing holds"), len(holds), addresses.holds(), tone="stop" * bool(holds)),
    ]


def _waiting(trial: TrialContext) -> int:
    sites = trial.access.sites(at=trial.at)
    return sum(sites is None or each.subject.site_id in sites for each in waiting_list(trial.study))


def _counted(states: Mapping[str, int], state: SubjectState) -> tuple[int, str]:
    return states.get(state.value, 0), addresses.subjects(state=state.value)


def _stat(label: str, value: int, url: str, *, of: int | None = None, note: str = "", tone: str = "") -> Shown:
    return {"label": label, "value": value, "url": url, "of": of, "note": note, "tone": tone}


# ----------------------------------------------------------------------------------------------------------- ladder


def _ladder(trial: TrialContext, gates: Sequence[Assessment]) -> Shown:
    slots: dict[int, list[Slot]] = {}
    for slot in Slot.objects.filter(cohort__study=trial.study).order_by("number"):
        slots.setdefault(slot.cohort_id, []).append(slot)
    sites = trial.access.sites(at=trial.at)
    return {
        "label": _("Escalation ladder"),
        "now": trial.at,
        "zone": trial.access.timezone,
        "steps": [_step(gate, slots.get(gate.rows.cohort.pk, []), sites=sites) for gate in gates],
        # A gate stands between two steps: behind the last cohort there is nothing to open.
        "gates": [_gate(trial, gate) for gate in gates[:-1]],
    }


def _step(gate: Assessment, slots: Sequence[Slot], *, sites: frozenset[int] | None) -> Shown:
    cohort = gate.rows.cohort
    holders = {row.allocation.slot_id: row for row in gate.rows.subjects if row.allocation.vacated_at is None}
    left: dict[int, list[int]] = {}
    for row in gate.rows.subjects:
        if row.allocation.vacated_at is not None:
            left.setdefault(row.allocation.slot_id, []).append(row.number)
    return {
        "number": cohort.number,
        "title": _("Cohort %(number)s") % {"number": cohort.number},
        "infusions": cohort.infusions,
        "slots": [
            _slot(slot, holders.get(slot.pk), gate=gate, sites=sites) | _replaced(left.get(slot.pk, ()), gate=gate)
            for slot in slots
        ],
    }


def _replaced(numbers: Sequence[int], *, gate: Assessment) -> dict[str, object]:
    """Subject numbers of those who had the slot before and gave it back."""
    return {"replaced": tuple(numbers), "replaced_url": f"{addresses.gate(gate.rows.cohort.number)}#replacement"}


def _slot(slot: Slot, row: SubjectRows | None, *, gate: Assessment, sites: frozenset[int] | None) -> dict[str, object]:
    planned = gate.rows.cohort.infusions
    if row is None:
        return {"label": slot.label, "subject": "", "state": "", "given": 0, "planned": planned, "window": None}
    is_visible = sites is None or row.subject.site_id in sites
    return {
        "label": slot.label,
        "subject": row.subject.code if is_visible else _("another site"),
        "url": addresses.subject(row.subject.code) if is_visible else addresses.gate(gate.rows.cohort.number),
        "state": row.subject.state if is_visible else "FILLED",
        "given": len(row.started),
        "planned": planned,
        "window": _window(row, gate=gate),
    }


def _window(row: SubjectRows, *, gate: Assessment) -> Shown | None:
    """From the first infusion to the last day of observation after the latest one; whole site days."""
    window = window_of(row, rows=gate.rows)
    if window is None:
        return None
    today = site_date(gate.at, timezone=gate.timezone)
    length = (window.closes_on - window.opens_on).days
    return {
        # The last day counts whole: on it one day is left.
        "days_left": (window.closes_on - today).days + 1,
        "percent": _percent(today, window.opens_on, length),
        "closes_on": window.closes_on,
    }


def _percent(today: date, opens_on: date, length: int) -> int:
    return min(100, max(0, (today - opens_on).days * 100 // length)) if length else 100


def _gate(trial: TrialContext, gate: Assessment) -> Shown:
    result = gate.result
    is_waiting = result.state not in (CohortState.UNDER_REVIEW, CohortState.PASSED_PROCEED, CohortState.STOPPED)
    return {
        "cohort": gate.rows.cohort.number,
        "state": result.state.value,
        "url": addresses.gate(gate.rows.cohort.number),
        "earliest_review_at": result.earliest_review_at if is_waiting else None,
        "lacking": told_reasons(trial, gate) or (() if result.next_cohort_open else result.permission.reasons),
    }
