"""Dates of which only the year, or only year and month, may be known.

A participant may know the year of birth and not the day; an adverse event may have begun "in March". Such a date is an
interval of days. A rule asks for both ends and decides only where both ends agree.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_WRITTEN = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the year, the month or the day. ``None`` stands for a part that is not known.

    Raises: ValueError when the parts do not make a date, or when a day is given without its month.
    Source: ISO 8601-1 5.2.2.2 (dates with reduced accuracy).
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("A day without its month is not a date.")
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; nothing else is accepted, so that nothing is guessed.

        Raises: ValueError.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a date of the form YYYY, YYYY-MM or YYYY-MM-DD.")
        month, day = found["month"], found["day"]
        return cls(int(found["year"]), int(month) if month else None, int(day) if day else None)

    @classmethod
    def of(cls, on: date) -> PartialDate:
        """The date that is wholly known."""
        return cls(on.year, on.month, on.day)

    @property
    def earliest(self) -> date:
        """The first day it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    @property
    def is_complete(self) -> bool:
        """Whether the day itself is known."""
        return self.day is not None

    def __str__(self) -> str:
        written = f"{self.year:04d}"
        if self.month is not None:
            written += f"-{self.month:02d}"
        if self.day is not None:
            written += f"-{self.day:02d}"
        return written
