"""The allocation of a subject on one page: the next slot, every reason, who waits longer, what will bind the dose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from dosing.selectors.intervals import CohortIntervals, cohort_intervals
from enrollment.models import Allocation, Subject
from enrollment.rules.allocation import AllocationFacts, may_allocate
from enrollment.selectors.allocation import allocation_facts
from enrollment.selectors.waiting import waiting_list
from trial.edge.context import TrialContext
from trial.models import DosingHold
from trial.permissions import Permission
from trial.rules.decision import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Somebody who waits longer. ``code`` empty: of a site this person does not see."""

    place: int
    code: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPage:
    """``held``: the slot that the subject has, or had. ``place``: on the waiting list of so many, None: not on it.

    ``intervals``: of the cohort that the subject is in or comes into next. ``holds``: in force, on what this subject
    could receive. Neither stands in the way of the slot: they are rules of the start of an infusion.
    """

    facts: AllocationFacts
    decision: Decision
    held: Allocation | None
    place: int | None
    waiting: int
    ahead: tuple[Ahead, ...]
    intervals: CohortIntervals | None
    holds: tuple[DosingHold, ...]


def allocation_page(trial: TrialContext, subject: Subject) -> AllocationPage:
    """The number of queries does not depend on how many wait or were allocated."""
    facts = allocation_facts(subject, at=trial.at)
    held = Allocation.objects.filter(subject=subject).select_related("slot__cohort", "allocated_by").first()
    waiting = waiting_list(trial.study)
    own = next((each for each in waiting if each.subject.pk == subject.pk), None)
    sites = trial.access.sites(at=trial.at)
    cohort = held.slot.cohort.number if held else facts.next_cohort
    return AllocationPage(
        facts=facts,
        decision=trial.check(Permission.ALLOCATE, site=subject.site) + may_allocate(facts),
        held=held,
        place=own.place if own else None,
        waiting=len(waiting),
        ahead=tuple(
            Ahead(
                place=each.place,
                code=each.subject.code if sites is None or each.subject.site_id in sites else "",
                since=each.since,
            )
            for each in waiting[: own.place - 1 if own else 0]
        ),
        intervals=_intervals(trial, subject, cohort=cohort),
        holds=_holds(subject, cohort=cohort),
    )


def _intervals(trial: TrialContext, subject: Subject, *, cohort: int | None) -> CohortIntervals | None:
    if cohort is None:
        return None
    regimen, zone = subject.protocol_version.definition.regimen, subject.site.timezone
    return cohort_intervals(trial.study, cohort=cohort, regimen=regimen, zone=zone, but=subject)


def _holds(subject: Subject, *, cohort: int | None) -> tuple[DosingHold, ...]:
    of_study = Q(cohort__isnull=True, subject_code="")
    scope = of_study | Q(subject_code=subject.code) | Q(cohort__number=cohort, cohort__isnull=False)
    rows = DosingHold.objects.filter(scope, study=subject.study_id, lifted_at__isnull=True)
    return tuple(rows.select_related("cohort").order_by("placed_at", "pk"))
