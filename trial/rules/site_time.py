"""Site-local days and instants.

A window counted in days begins at local midnight and ends at 23:59:59 of the site; a window counted in hours counts
hours that truly pass. Instants are therefore shifted in UTC: Python adds a day to an aware time on the wall clock,
which is an hour wrong across a change of daylight saving time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_MIDNIGHT = datetime.min.time()


def start_of_day(on: date, *, timezone: str) -> datetime:
    """The first instant of a site day.

    Where the clocks skip midnight this is the first time that exists; where midnight comes twice, the first of the two.
    """
    zone = ZoneInfo(timezone)
    # The way through UTC turns a midnight that does not exist into the instant at which the day begins.
    return datetime.combine(on, _MIDNIGHT, tzinfo=zone).astimezone(UTC).astimezone(zone)


def end_of_day(on: date, *, timezone: str) -> datetime:
    """The last second of a site day, 23:59:59 as a rule; closing times are inclusive to this second."""
    return shift(start_of_day(on + timedelta(days=1), timezone=timezone), timedelta(seconds=-1), timezone=timezone)


def site_date(at: datetime, *, timezone: str) -> date:
    """The site's calendar day at an instant. Raises: ValueError for a time without offset."""
    return at_site(at, timezone=timezone).date()


def at_site(at: datetime, *, timezone: str) -> datetime:
    """The same instant on the site's clock. Raises: ValueError for a time without offset."""
    if at.tzinfo is None:
        raise ValueError("A time without its offset is not an instant.")
    return at.astimezone(ZoneInfo(timezone))


def shift(at: datetime, by: timedelta, *, timezone: str) -> datetime:
    """The instant ``by`` of elapsed time later (or earlier), on the site's clock. Raises: ValueError without offset."""
    return at_site(at_site(at, timezone=timezone).astimezone(UTC) + by, timezone=timezone)


def from_wall_clock(written: datetime, *, timezone: str) -> datetime:
    """The instant of a time written down at the site without its offset; a time with an offset keeps its instant.

    A time that comes twice is read as the first of the two.
    """
    if written.tzinfo is not None:
        return at_site(written, timezone=timezone)
    zone = ZoneInfo(timezone)
    return written.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
