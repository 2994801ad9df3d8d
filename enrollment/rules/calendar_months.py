"""Calendar months and completed years."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def months_later(on: date, months: int) -> date:
    """The same day so many calendar months later, or earlier if negative; the last day of a month without it."""
    year, month0 = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month0 + 1, min(on.day, monthrange(year, month0 + 1)[1]))


def completed_years(*, born_on: date, on: date) -> int:
    """Age in completed years. Who is born on 29 February completes a year on 1 March where there is no 29 February."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
