"""Where a cohort stands on the way from locked to decided."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from safety.rules.evaluability import Standing
from safety.rules.gate_facts import CohortFacts
from safety.rules.outcome import Outcome
from safety.rules.votes import Ballot, in_force
from trial.protocol.schema import CohortPlan


class CohortState(StrEnum):
    LOCKED = "LOCKED"
    OPEN = "OPEN"
    FILLED = "FILLED"
    OBSERVING = "OBSERVING"
    READY = "READY"
    UNDER_REVIEW = "UNDER_REVIEW"
    PASSED_PROCEED = "PASSED_PROCEED"
    HELD = "HELD"
    STOPPED = "STOPPED"
    RE_REVIEW = "RE_REVIEW"


def cohort_state(
    facts: CohortFacts, *, plan: CohortPlan, outcome: Outcome, ballots: Sequence[Ballot], permitted: bool
) -> CohortState:
    """The latest decision in force names the state; else a decision that collects signatures; else the progress.

    A PROCEED that permits nothing any more is RE_REVIEW. A suspension is no state of the cohort: the verdict says it.
    Source: gate rule, state machine per cohort.
    """
    ruling = in_force(ballots)
    if ruling is not None and ruling.stops:
        return CohortState.STOPPED
    if ruling is not None and ruling.holds:
        return CohortState.HELD
    if ruling is not None and ruling.proceeds:
        return CohortState.PASSED_PROCEED if permitted else CohortState.RE_REVIEW
    if any(ballot.is_open for ballot in ballots):
        return CohortState.UNDER_REVIEW
    return _progress(facts, plan=plan, outcome=outcome)


def _progress(facts: CohortFacts, *, plan: CohortPlan, outcome: Outcome) -> CohortState:
    if not _was_opened(facts, plan=plan):
        return CohortState.LOCKED
    if outcome.is_ready:
        return CohortState.READY
    holding_slots = [
        item for item in outcome.evidence.subjects if item.evaluability.standing is not Standing.NOT_EVALUABLE
    ]
    if len(holding_slots) < plan.size:
        return CohortState.OPEN
    if any(item.window is None for item in holding_slots):
        return CohortState.FILLED
    return CohortState.OBSERVING


def _was_opened(facts: CohortFacts, *, plan: CohortPlan) -> bool:
    """The first cohort is open by definition. A later one is only known to be open from its clearance, or, where that
    is not known, from its subjects: nobody can be allocated to a cohort that was never opened.
    """
    if plan.number == 1:
        return True
    return bool(facts.subjects) if facts.opened is None else facts.opened
