"""The infusions of one participant, as given and as planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from trial.protocol.schema import CohortPlan, Regimen
from trial.rules.site_time import at_site


@dataclass(frozen=True, slots=True)
class CourseInfusion:
    """An infusion, given or planned.

    ``on`` is None while no infusion before it is known; ``started_at`` (site clock) is None while it is planned, and
    where only the day is known.
    """

    number: int
    on: date | None
    started_at: datetime | None


def infusion_course(
    given: tuple[datetime | date | None, ...],
    *,
    cohort: CohortPlan,
    regimen: Regimen,
    timezone: str,
    as_recorded: bool = False,
) -> tuple[CourseInfusion, ...]:
    """Every infusion that the cohort receives; those not yet given at the regimen's interval after the one before.

    Raises: ValueError when there are more infusions than the cohort receives and, unless they are taken
    ``as_recorded``, when one is missing before another or one is not on a later day than the one before: what was
    given in breach of the order was given all the same (decision 13).
    Source: cohort plan; regimen.interval_days.
    """
    if len(given) > cohort.infusions:
        raise ValueError(f"cohort {cohort.number} receives {cohort.infusions} infusion(s), {len(given)} are given")
    padded = given + (None,) * (cohort.infusions - len(given))
    for number, (earlier, later) in enumerate(pairwise(padded), start=1):
        if earlier is None and later is not None and not as_recorded:
            raise ValueError(f"infusion {number + 1} is given and infusion {number} is not")
    course: list[CourseInfusion] = []
    for number, each in enumerate(padded, start=1):
        before = course[-1] if course else None
        course.append(_planned(number, before, regimen) if each is None else _given(number, each, timezone))
    if not as_recorded:
        _require_later_days(course)
    return tuple(course)


def _require_later_days(course: list[CourseInfusion]) -> None:
    for before, each in pairwise(course):
        if before.on is not None and each.on is not None and each.on <= before.on:
            raise ValueError(
                f"infusion {each.number} on {each.on} is not after infusion {before.number} on {before.on}"
            )


def _planned(number: int, before: CourseInfusion | None, regimen: Regimen) -> CourseInfusion:
    if before is None or before.on is None:
        return CourseInfusion(number, None, None)
    return CourseInfusion(number, before.on + timedelta(days=regimen.interval_days), None)


def _given(number: int, given: datetime | date, timezone: str) -> CourseInfusion:
    started_at: datetime | None = None
    on = given
    if isinstance(given, datetime):
        started_at = at_site(given, timezone=timezone)
        on = started_at.date()
    return CourseInfusion(number, on, started_at)
