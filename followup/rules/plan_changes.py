"""From the visits a participant has to the visits the plan now asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from followup.rules.states import VisitState
from followup.rules.windows import PlannedVisit

SETTLED = frozenset({VisitState.DONE, VisitState.MISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingVisit:
    """``merged_with``: the visit that this one also is; empty where it is one visit only."""

    code: str
    state: VisitState
    merged_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanges:
    """``wanted``: to be there and open, with these windows. ``cancelled``: codes that the plan no longer knows."""

    wanted: tuple[PlannedVisit, ...]
    cancelled: tuple[str, ...]


def plan_changes(existing: Sequence[ExistingVisit], *, planned: Sequence[PlannedVisit]) -> PlanChanges:
    """What was done or missed is never touched, nor planned a second time because an infusion parted two merged visits.

    Source: schedule of assessments; house rule: a record of what happened is not rewritten by a plan.
    """
    by_code: Mapping[str, ExistingVisit] = {visit.code: visit for visit in existing}
    settled = {visit.code for visit in existing if visit.state in SETTLED}
    covered = settled | {visit.merged_with for visit in existing if visit.state in SETTLED and visit.merged_with}
    wanted = tuple(_unmerged(visit, covered=covered) for visit in planned if visit.code not in covered)
    codes = {visit.code for visit in wanted}
    open_codes = [code for code, visit in by_code.items() if visit.state is VisitState.PLANNED]
    return PlanChanges(wanted=wanted, cancelled=tuple(code for code in open_codes if code not in codes))


def _unmerged(visit: PlannedVisit, *, covered: set[str]) -> PlannedVisit:
    """A visit does not stand for another one that has taken place by itself."""
    return replace(visit, merged_with=None) if visit.merged_with in covered else visit
