"""The codes of visits: which row of the schedule a code stands for, and in which order visits come."""

from __future__ import annotations

import re

from trial.protocol.schema import Anchor, Schedule, VisitPlan

_OF_INFUSION = re.compile(r"I(?P<number>[1-9][0-9]*)(?P<code>.+)")


def visit_plan_of(code: str, *, schedule: Schedule) -> VisitPlan | None:
    """The row of the schedule: that of ``D28`` for ``I2D28``, that of ``M3`` for ``M3``. None: not in this schedule."""
    plain = next((plan for plan in schedule.visits if plan.code == code and plan.anchor is not Anchor.INFUSION), None)
    found = _OF_INFUSION.fullmatch(code)
    if plain is not None or found is None:
        return plain
    return next((p for p in schedule.visits if p.code == found["code"] and p.anchor is Anchor.INFUSION), None)


def visit_order(*, schedule: Schedule, infusions: int) -> tuple[str, ...]:
    """Every code of a course of so many infusions in the order of the protocol, as if no visit were ever merged.

    So a visit keeps its place when another one is merged into it or parted from it.
    """
    of_infusion = [plan.code for plan in schedule.visits if plan.anchor is Anchor.INFUSION]
    before = [p.code for p in schedule.visits if p.anchor in (Anchor.CONSENT, Anchor.FIRST_INFUSION)]
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
