"""The codes of visits: which row of the schedule a code stands for, and in which order visits come."""

from __future__ import annotations

import re

from trial.protocol.schema import Anchor, Schedule, VisitPlan

_OF_INFUSION = re.compile(r"I(?P<number>[1-9][0-9]*)(?P<code>.+)")
_OF_ATTEMPT = re.compile(r"(?P<code>.+?)(?P<attempt>[2-9]|[1-9][0-9]+)")
_BEFORE = (Anchor.CONSENT, Anchor.FIRST_INFUSION)


def visit_plan_of(code: str, *, schedule: Schedule) -> VisitPlan | None:
    """The row of the schedule: that of ``D28`` for ``I2D28``, of ``M3`` for ``M3``, of ``SCR`` for ``SCR2``. None: not
    in this schedule."""
    plain = next((plan for plan in schedule.visits if plan.code == code and plan.anchor is not Anchor.INFUSION), None)
    if plain is not None:
        return plain
    if found := _OF_INFUSION.fullmatch(code):
        return next((p for p in schedule.visits if p.code == found["code"] and p.anchor is Anchor.INFUSION), None)
    again = _OF_ATTEMPT.fullmatch(code)
    return next((p for p in schedule.visits if again and p.code == again["code"] and p.anchor in _BEFORE), None)


def codes_before(*, schedule: Schedule, attempt: int = 1) -> dict[str, str]:
    """The visits before the first infusion, by their row of the schedule. Those of a re-screening are visits of their
    own, ``SCR2`` beside ``SCR``: what took place in the attempt before stays what it was."""
    plans = [plan.code for plan in schedule.visits if plan.anchor in _BEFORE]
    return {code: code if attempt == 1 else f"{code}{attempt}" for code in plans}


def visit_order(*, schedule: Schedule, infusions: int, attempts: int = 1) -> tuple[str, ...]:
    """Every code of a course of so many infusions in the order of the protocol, as if no visit were ever merged.

    So a visit keeps its place when another one is merged into it or parted from it. ``attempts`` at screening.
    """
    of_infusion = [plan.code for plan in schedule.visits if plan.anchor is Anchor.INFUSION]
    tried = [codes_before(schedule=schedule, attempt=number) for number in range(1, attempts + 1)]
    before = [code for codes in tried for code in codes.values()]
    after = [p.code for p in schedule.visits if p.anchor is Anchor.LAST_INFUSION]
    during = [f"I{number}{code}" for number in range(1, infusions + 1) for code in of_infusion]
    return (*before, *during, *after)


def observation_visit(number: int, *, schedule: Schedule, window_days: int) -> str | None:
    """The code of the visit that ends the observation after infusion ``number``: nominal on the last day of the window.

    None where the schedule has no such visit: then nothing can show that an observation was completed.
    """
    for plan in schedule.visits:
        if plan.anchor is Anchor.INFUSION and plan.nominal_day == window_days:
            return f"I{number}{plan.code}"
    return None
