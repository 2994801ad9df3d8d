"""Whether an infusion may be planned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from trial.protocol.schema import Regimen
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, cohorts: one, two, three infusions"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningFacts:
    """``planned``: numbers that are planned or given already. ``cohort_infusions`` None: the subject has no slot."""

    cohort_infusions: int | None
    planned: tuple[int, ...]
    number: int
    planned_on: date


def next_number(planned: Collection[int]) -> int:
    """The first number that is not planned yet."""
    return next(number for number in count(1) if number not in planned)


def may_plan(facts: PlanningFacts, *, today: date) -> Decision:
    if facts.cohort_infusions is None:
        return Decision((Reason("DOS-SLOT", "The subject has no slot in a cohort. Allocate first.", _SOURCE),))
    return Decision.of(
        [
            None
            if 1 <= facts.number <= facts.cohort_infusions
            else Reason("DOS-NUMBER", f"The cohort receives {facts.cohort_infusions} infusion(s).", _SOURCE),
            Reason("DOS-PLANNED", f"Infusion {facts.number} is planned already.", _SOURCE)
            if facts.number in facts.planned
            else None,
            None
            if facts.number <= 1 or facts.number - 1 in facts.planned
            else Reason("DOS-SEQUENCE", f"Infusion {facts.number - 1} comes first.", _SOURCE),
            None
            if facts.planned_on >= today
            else Reason("DOS-PLANNED-PAST", "An infusion is planned for today or later.", "House rule"),
        ]
    )


def last_day_of_interval(previous_on: date, *, regimen: Regimen) -> date:
    """The last site day on which the next infusion is in time. Source: regimen.interval_days, interval_late_days."""
    return previous_on + timedelta(days=regimen.interval_days + regimen.interval_late_days)


@dataclass(frozen=True, slots=True)
class GivingWindow:
    """Site days, both included, after the previous infusion."""

    opens_on: date
    closes_on: date

    def days_outside(self, given_on: date) -> int:
        """Negative before it opens, positive after it closes, 0 inside."""
        if given_on < self.opens_on:
            return (given_on - self.opens_on).days
        return max(0, (given_on - self.closes_on).days)


def giving_window(previous_on: date, *, regimen: Regimen) -> GivingWindow:
    """In which days the next infusion is due. Source: regimen, interval between infusions (PC-06); G29."""
    opens_on = previous_on + timedelta(days=regimen.interval_days - regimen.interval_early_days)
    return GivingWindow(opens_on, last_day_of_interval(previous_on, regimen=regimen))
