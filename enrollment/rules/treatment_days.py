"""Arithmetic on days of treatment: together without a gap, and the highest dose kept up for days in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from enrollment.rules.treatment_records import Days

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which both classes of drugs were given, but for tolerated ``gaps``."""

    first: date
    last: date
    gaps: tuple[Days, ...] = ()


@dataclass(frozen=True, slots=True)
class SustainedDose:
    """``mg_per_day`` or more on every day of ``days``."""

    mg_per_day: Fraction
    days: Days


def longest_together(steroids: Iterable[Days], others: Iterable[Days], *, gap_days: int) -> Stretch | None:
    """The longest stretch with both on the same days, bridging up to ``gap_days`` days without both of them.

    Of two of the same length the later. Source: Protocol inclusion 2, PC-17.
    """
    stretches = together(steroids, others, gap_days=gap_days)
    return max(stretches, key=lambda each: (each.last - each.first, each.last), default=None)


def together(steroids: Iterable[Days], others: Iterable[Days], *, gap_days: int) -> tuple[Stretch, ...]:
    """Every stretch, in order."""
    found: list[Stretch] = []
    for shared in _shared(_joined(steroids), _joined(others)):
        before = found[-1] if found else None
        if before is not None and (shared.first - before.last).days - 1 <= gap_days:
            gap = Days(before.last + _DAY, shared.first - _DAY)
            gaps = before.gaps if gap.first > gap.last else (*before.gaps, gap)
            found[-1] = Stretch(before.first, shared.last, gaps)
        else:
            found.append(Stretch(shared.first, shared.last))
    return tuple(found)


def highest_sustained(doses: Sequence[tuple[Days, Fraction]], *, days: int) -> SustainedDose | None:
    """The highest dose kept up on that many days in a row; doses of the same day add up. None: there is none.

    A pulse counts as the dose of its days, so that a short one does not make a sustained dose. Source: PC-18.
    """
    levels = _daily(doses)
    for level in sorted({dose for _each, dose in levels}, reverse=True):
        for run in _joined(each for each, dose in levels if dose >= level):
            if (run.last - run.first).days + 1 >= days:
                return SustainedDose(level, run)
    return None


def _joined(periods: Iterable[Days]) -> list[Days]:
    """Periods that overlap or follow each other on the next day as one."""
    found: list[Days] = []
    for each in sorted(periods, key=lambda period: (period.first, period.last)):
        if found and each.first <= found[-1].last + _DAY:
            found[-1] = Days(found[-1].first, max(found[-1].last, each.last))
        else:
            found.append(each)
    return found


def _shared(one: Sequence[Days], other: Sequence[Days]) -> list[Days]:
    both = (Days(max(a.first, b.first), min(a.last, b.last)) for a in one for b in other)
    return sorted((each for each in both if each.first <= each.last), key=lambda period: period.first)


def _daily(doses: Sequence[tuple[Days, Fraction]]) -> list[tuple[Days, Fraction]]:
    """The sum of the doses of each day, as periods over which it does not change."""
    edges = sorted({edge for each, _dose in doses for edge in (each.first, each.last + _DAY)})
    periods = (Days(first, after - _DAY) for first, after in pairwise(edges))
    summed = ((period, _sum_on(doses, period.first)) for period in periods)
    return [(period, dose) for period, dose in summed if dose > 0]


def _sum_on(doses: Sequence[tuple[Days, Fraction]], on: date) -> Fraction:
    return sum((dose for each, dose in doses if each.first <= on <= each.last), Fraction())
