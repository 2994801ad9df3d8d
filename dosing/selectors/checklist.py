"""The guard at the bedside: the decision, its conditions met or not, and what a start would be judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dosing.models import Infusion
from dosing.rules.guard import can_infuse
from dosing.rules.guard_conditions import CONDITIONS, PART_LABELS, Condition, Part
from dosing.rules.guard_facts import GuardFacts
from dosing.rules.guard_intervals import earliest_start
from dosing.rules.states import NOT_STARTED, InfusionState
from dosing.selectors.bedside import unit_meant
from dosing.selectors.guard import guard_facts
from trial.models import User
from trial.rules.decision import Decision, Reason


@dataclass(frozen=True, slots=True)
class GuardView:
    """``earliest_at`` None: the infusion before has not begun."""

    facts: GuardFacts
    decision: Decision
    earliest_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One condition; with several reasons against it, one line for each."""

    condition: Condition
    is_met: bool
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ChecklistPart:
    part: Part
    label: str
    lines: tuple[ChecklistLine, ...]

    @property
    def open(self) -> int:
        return sum(not line.is_met for line in self.lines)


def guard_view(infusion: Infusion, *, performer: User | None, at: datetime) -> GuardView:
    """What the guard says of a start by this person now.

    Before the second person has signed, it judges the unit that is meant for the infusion, so that the pharmacy's side
    clears while the ward prepares; that nobody has signed over it yet stands as a reason of its own. ``infusion`` is
    changed in memory only.
    """
    if InfusionState(infusion.state) in NOT_STARTED:
        infusion.unit = unit_meant(infusion)
    definition = infusion.subject.protocol_version.definition
    facts = guard_facts(infusion, performer=performer, at=at)
    decision = can_infuse(facts, regimen=definition.regimen, product=definition.product, at=at)
    return GuardView(facts, decision, earliest_start(facts, regimen=definition.regimen, at=at))


def checklist(view: GuardView) -> tuple[ChecklistPart, ...]:
    """Every condition that concerns this infusion, in the order in which they are cleared."""
    return tuple(ChecklistPart(part, PART_LABELS[part], tuple(_lines(view, part))) for part in Part)


def _lines(view: GuardView, part: Part) -> list[ChecklistLine]:
    found = []
    for condition in CONDITIONS:
        if condition.part is not part or not condition.concerns(view.facts.infusion_number):
            continue
        reasons = [reason for reason in view.decision.reasons if reason.code in condition.codes]
        is_met = condition.is_met(view.decision.codes)
        against = [ChecklistLine(condition, is_met, reason) for reason in reasons]
        found += against or [ChecklistLine(condition, is_met, None)]
    return found
