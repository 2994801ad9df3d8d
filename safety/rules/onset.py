"""When an adverse event began, as far as it is known: an interval of instants, of which any may be the true one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from trial.rules.partial_dates import PartialDate
from trial.rules.site_time import end_of_day, from_wall_clock, start_of_day

_MINUTE_PRECISION = len("2025-03-31T22:15")
_WITHIN_A_MINUTE = timedelta(seconds=59)


@dataclass(frozen=True, slots=True)
class Onset:
    """The first and the last instant at which the event can have begun, both inclusive and aware.

    Source: partial onset, any possible instant inside the window counts (gate policy ``partial_onset``).
    """

    earliest: datetime
    latest: datetime

    def __post_init__(self) -> None:
        if self.earliest.tzinfo is None or self.latest.tzinfo is None or self.latest < self.earliest:
            raise ValueError("An onset is an interval of aware instants.")

    @classmethod
    def parse(cls, text: str, *, timezone: str) -> Onset:
        """Read ``2025``, ``2025-03``, ``2025-03-31``, ``2025-03-31T22:15`` or a time with seconds and offset.

        A time without an offset is the site's. A time to the minute may be any second of it. Raises: ValueError.
        """
        if len(text) < _MINUTE_PRECISION:
            partial = PartialDate.parse(text)
            return cls(start_of_day(partial.earliest, timezone=timezone), end_of_day(partial.latest, timezone=timezone))
        earliest = from_wall_clock(datetime.fromisoformat(text), timezone=timezone)
        has_seconds = text[_MINUTE_PRECISION : _MINUTE_PRECISION + 1] == ":"
        return cls(earliest, earliest if has_seconds else earliest + _WITHIN_A_MINUTE)
