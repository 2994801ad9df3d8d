"""What may happen next in a cohort, and when: its infusions, its vacant slots, its gate, each with every reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dosing.rules.states import InfusionState
from dosing.selectors.outlook import Outlook
from enrollment.models import Subject
from enrollment.rules.allocation import may_allocate
from enrollment.selectors.allocation import allocation_facts
from reports.selectors.gates import told_reasons
from safety.selectors.gate import Assessment
from trial.edge.context import TrialContext
from trial.rules.decision import Reason
from trial.rules.site_time import site_date

_RUNNING = frozenset({InfusionState.RUNNING, InfusionState.PAUSED})


class StepKind(StrEnum):
    RUNNING = "running"
    INFUSION = "infusion"
    ALLOCATION = "allocation"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that comes next. ``subject`` empty: nobody in particular, or of a site the reader does not see.

    ``from_on``, ``until_on``: site days, both included, within which it may happen as the intervals have it; None: not
    known, or without a limit. ``reasons``: everything that stands against it now. ``infusion``: number of it; ``pk``:
    its row, None while it is not planned. ``slot``: the label of the slot.
    """

    kind: StepKind
    slot: str = ""
    subject: str = ""
    is_elsewhere: bool = False
    infusion: int | None = None
    pk: int | None = None
    state: str = ""
    planned_on: date | None = None
    from_on: date | None = None
    until_on: date | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool | None:
        """None: of a subject elsewhere nobody here is told."""
        return None if self.is_elsewhere else not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """The next slot in order. ``first``: who waits longest, None: nobody. ``closed``: why its cohort is not open."""

    slot: str
    first: Subject | None
    closed: tuple[Reason, ...]


def next_steps(
    trial: TrialContext, gate: Assessment, *, outlooks: Sequence[Outlook], vacancy: Vacancy | None
) -> tuple[Step, ...]:
    """What runs, then what may happen now, then by the day from which it may; what has no day yet comes last.

    ``outlooks``: of this cohort. At most seven queries, whatever the cohort holds.
    """
    steps = [
        *_running(trial, gate),
        *_infusions(trial, outlooks),
        *_allocation(trial, vacancy),
        *_review(trial, gate),
    ]
    return tuple(sorted(steps, key=_urgency))


def _urgency(step: Step) -> tuple[bool, bool, date]:
    return (step.kind is not StepKind.RUNNING, not step.allowed, step.from_on or step.planned_on or date.max)


def _sees(trial: TrialContext, site_id: int) -> bool:
    sites = trial.access.sites(at=trial.at)
    return sites is None or site_id in sites


def _running(trial: TrialContext, gate: Assessment) -> Iterator[Step]:
    for row in gate.rows.subjects:
        seen = _sees(trial, row.subject.site_id)
        for infusion in row.infusions:
            if infusion.state in _RUNNING:
                yield Step(
                    kind=StepKind.RUNNING,
                    slot=row.allocation.slot.label,
                    subject=row.subject.code if seen else "",
                    is_elsewhere=not seen,
                    infusion=infusion.number,
                    pk=infusion.pk if seen else None,
                    state=infusion.state,
                )


def _infusions(trial: TrialContext, outlooks: Sequence[Outlook]) -> Iterator[Step]:
    """Of a subject the next one only: those after it are not known before it has begun."""
    told: set[int] = set()
    for found in outlooks:
        if found.subject.pk in told:
            continue
        told.add(found.subject.pk)
        seen = _sees(trial, found.subject.site_id)
        yield Step(
            kind=StepKind.INFUSION,
            slot=found.allocation.slot.label,
            subject=found.subject.code if seen else "",
            is_elsewhere=not seen,
            infusion=found.number,
            pk=found.infusion.pk if found.infusion and seen else None,
            state=found.infusion.state if found.infusion else "",
            planned_on=found.planned_on,
            from_on=found.days.opens_on,
            until_on=found.days.closes_on,
            # Of a subject elsewhere nothing is told but that it comes.
            reasons=found.against(trial.at).reasons if seen else (),
        )


def _allocation(trial: TrialContext, vacancy: Vacancy | None) -> Iterator[Step]:
    """The next slot in order, for whoever waits longest."""
    if vacancy is None:
        return
    first = vacancy.first
    if first is None:
        yield Step(kind=StepKind.ALLOCATION, slot=vacancy.slot, reasons=(*vacancy.closed, _nobody_waits()))
        return
    seen = _sees(trial, first.site_id)
    reasons = may_allocate(allocation_facts(first, at=trial.at)).reasons if seen else ()
    yield Step(
        kind=StepKind.ALLOCATION,
        slot=vacancy.slot,
        subject=first.code if seen else "",
        is_elsewhere=not seen,
        reasons=(*reasons, *vacancy.closed),
    )


def _nobody_waits() -> Reason:
    message = "Nobody waits for a slot: a subject is screened, and an investigator signs eligibility first."
    return Reason("ALC-NOBODY-WAITS", message, "Protocol, eligibility")


def _review(trial: TrialContext, gate: Assessment) -> Iterator[Step]:
    """The review of the gate behind this cohort, until it has been decided."""
    result = gate.result
    if result.next_cohort_open:
        return
    earliest = result.earliest_review_at
    yield Step(
        kind=StepKind.REVIEW,
        state=result.state.value,
        from_on=site_date(earliest, timezone=gate.timezone) if earliest else None,
        reasons=told_reasons(trial, gate),
    )
