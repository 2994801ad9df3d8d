"""Local midnight and 23:59:59, also where the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.rules.site_time import at_site, end_of_day, from_wall_clock, shift, site_date, start_of_day

TAIPEI = "Asia/Taipei"


@pytest.mark.parametrize(
    ("on", "timezone", "start", "end"),
    [
        (date(2025, 3, 1), TAIPEI, "2025-03-01T00:00:00+08:00", "2025-03-01T23:59:59+08:00"),
        (date(2024, 2, 29), TAIPEI, "2024-02-29T00:00:00+08:00", "2024-02-29T23:59:59+08:00"),
        # Clocks forward and back during the day: 23 and 25 hours.
        (date(2025, 3, 30), "Europe/Vienna", "2025-03-30T00:00:00+01:00", "2025-03-30T23:59:59+02:00"),
        (date(2025, 10, 26), "Europe/Vienna", "2025-10-26T00:00:00+02:00", "2025-10-26T23:59:59+01:00"),
        # Midnight is skipped: the day begins at 01:00.
        (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T01:00:00-02:00", "2018-11-04T23:59:59-02:00"),
        # The last hour of the day comes twice: the day ends with the second.
        (date(2018, 2, 17), "America/Sao_Paulo", "2018-02-17T00:00:00-02:00", "2018-02-17T23:59:59-03:00"),
    ],
)
def test_a_site_day_has_its_first_and_last_second(on: date, timezone: str, start: str, end: str) -> None:
    assert start_of_day(on, timezone=timezone).isoformat() == start
    assert end_of_day(on, timezone=timezone).isoformat() == end


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31)), st.sampled_from([TAIPEI, "Europe/Vienna"]))
def test_days_follow_each_other_without_gap_or_overlap(on: date, timezone: str) -> None:
    next_start = start_of_day(on + timedelta(days=1), timezone=timezone).astimezone(UTC)
    assert next_start - end_of_day(on, timezone=timezone).astimezone(UTC) == timedelta(seconds=1)
    assert site_date(start_of_day(on, timezone=timezone), timezone=timezone) == on
    assert site_date(end_of_day(on, timezone=timezone), timezone=timezone) == on


def test_the_day_is_the_sites_and_not_that_of_utc() -> None:
    at = datetime(2025, 3, 1, 16, 0, tzinfo=UTC)
    assert site_date(at, timezone=TAIPEI) == date(2025, 3, 2)
    assert site_date(at - timedelta(seconds=1), timezone=TAIPEI) == date(2025, 3, 1)


def test_hours_are_hours_that_pass() -> None:
    start = from_wall_clock(datetime(2025, 3, 29, 12, 0), timezone="Europe/Vienna")
    assert shift(start, timedelta(hours=24), timezone="Europe/Vienna").isoformat() == "2025-03-30T13:00:00+02:00"


def test_a_written_time_with_an_offset_keeps_its_instant() -> None:
    written = datetime(2025, 3, 1, 1, 0, tzinfo=UTC)
    assert from_wall_clock(written, timezone=TAIPEI) == written
    assert from_wall_clock(datetime(2025, 3, 1, 9, 0), timezone=TAIPEI) == written


def test_a_time_without_offset_is_not_an_instant() -> None:
    with pytest.raises(ValueError, match="without its offset"):
        at_site(datetime(2025, 3, 1, 9, 0), timezone=TAIPEI)
