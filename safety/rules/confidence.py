"""How much a cohort proves: exact confidence limits for the true rate of subjects with a qualifying event."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from math import comb

LEVEL_PERCENT = 95
"""The level that is printed in dossiers, by convention."""

_PRECISION = 40
_HALVINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class UpperLimits:
    """Upper limits in percent, rounded half up to one decimal."""

    events: int
    subjects: int
    level: int
    one_sided: Decimal
    two_sided: Decimal


def upper_limits(*, events: int, subjects: int, level: int = LEVEL_PERCENT) -> UpperLimits:
    """One-sided and two-sided Clopper-Pearson upper limits of ``events`` among ``subjects``. Nobody observed: 100 %.

    Source: Clopper and Pearson, Biometrika 1934;26:404-413.
    """
    alpha = 1 - Decimal(level) / 100
    return UpperLimits(
        events=events,
        subjects=subjects,
        level=level,
        one_sided=_percent(upper_limit(events=events, subjects=subjects, alpha=alpha)),
        two_sided=_percent(upper_limit(events=events, subjects=subjects, alpha=alpha / 2)),
    )


def upper_limit(*, events: int, subjects: int, alpha: Decimal) -> Decimal:
    """The rate at which so few events have probability ``alpha``: larger true rates are that improbable or more.

    Raises: ValueError when there are more subjects with events than subjects, or when ``alpha`` is no probability.
    """
    if not 0 <= events <= subjects or not 0 < alpha < 1:
        raise ValueError("Limits need 0 <= events <= subjects and a probability between 0 and 1.")
    if events == subjects:
        return Decimal(1)
    low, high = Decimal(0), Decimal(1)
    with localcontext() as context:
        context.prec = _PRECISION
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            # So few events become less probable as the rate rises, so the search always knows which half to keep.
            if _at_most(events, subjects=subjects, rate=middle) > alpha:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def lower_limit(*, events: int, subjects: int, alpha: Decimal) -> Decimal:
    """The rate at which so many events have probability ``alpha``: the upper limit of what did not happen, mirrored."""
    return 1 - upper_limit(events=subjects - events, subjects=subjects, alpha=alpha)


def _at_most(events: int, *, subjects: int, rate: Decimal) -> Decimal:
    terms = (comb(subjects, k) * rate**k * (1 - rate) ** (subjects - k) for k in range(events + 1))
    return sum(terms, Decimal(0))


def _percent(rate: Decimal) -> Decimal:
    return (rate * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
