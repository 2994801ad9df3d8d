"""A date that is partly known is an interval of days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.rules.partial_dates import PartialDate


@pytest.mark.parametrize(
    ("written", "earliest", "latest", "complete"),
    [
        ("2004", date(2004, 1, 1), date(2004, 12, 31), False),
        ("2004-02", date(2004, 2, 1), date(2004, 2, 29), False),
        ("2003-02", date(2003, 2, 1), date(2003, 2, 28), False),
        ("2004-08-20", date(2004, 8, 20), date(2004, 8, 20), True),
    ],
)
def test_a_written_date_spans_the_days_it_can_be(written: str, earliest: date, latest: date, complete: bool) -> None:
    parsed = PartialDate.parse(written)
    assert (parsed.earliest, parsed.latest, parsed.is_complete) == (earliest, latest, complete)
    assert str(parsed) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "04",
        "2004-8",
        "2004-13",
        "2004-00",
        "2004-01-00",
        "2003-02-29",
        "2004-08-20T00:00",
        " 2004",
        "2004-",
        "20040820",
        "٢٠٠٤",
        "0000",
    ],
)
def test_what_is_not_a_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PartialDate.parse(written)


def test_a_day_needs_its_month() -> None:
    with pytest.raises(ValueError, match="without its month"):
        PartialDate(2004, None, 3)


@given(st.dates())
def test_a_whole_date_is_its_own_interval(on: date) -> None:
    assert PartialDate.parse(on.isoformat()) == PartialDate.of(on)
    assert PartialDate.of(on).earliest == on == PartialDate.of(on).latest
