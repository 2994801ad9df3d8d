"""Readings against the limits of the protocol, logger files row by row, excursions. Bounds inclusive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dosing.rules.temperatures import (
    MOST_READINGS,
    LoggerFile,
    Reading,
    RowProblem,
    excursions,
    is_within,
    limit_of,
    limit_words,
    may_end,
    may_import,
    may_report,
    parse_logger_file,
)
from tests.builders.guard import AT, SECOND, ZONE
from trial.protocol.loading import shipped_definition

LIMITS = shipped_definition().product.temperature_limits
STORAGE, COLD, ROOM = (limit_of(code, LIMITS) for code in ("STORAGE", "TRANSPORT_COLD", "TRANSPORT_ROOM"))
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("limit", "celsius", "expected"),
    [
        (STORAGE, "-150", True),
        (STORAGE, "-149.99", False),
        (STORAGE, "-196", True),
        (COLD, "2", True),
        (COLD, "1.99", False),
        (COLD, "8", True),
        (COLD, "8.01", False),
        (ROOM, "15", True),
        (ROOM, "25.01", False),
    ],
)
def test_limits_are_inclusive(limit, celsius, expected):
    assert is_within(Decimal(celsius), limit) is expected


def readings(*values: str) -> list[Reading]:
    """A minute apart, from ``AT``."""
    return [Reading(AT + index * MINUTE, Decimal(value)) for index, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), []),
        (("-160", "-150", "-155"), []),
        (("-160", "-149", "-140", "-150"), [(1, 3, "-140")]),
        (("-140",), [(0, None, "-140")]),
        (("-140", "-160", "-130", "-120"), [(0, 1, "-140"), (2, None, "-120")]),
    ],
    ids=["none", "inside", "one-run", "open", "two-runs"],
)
def test_consecutive_readings_outside_are_one_excursion(values, expected):
    found = excursions(readings(*values), STORAGE)
    assert [(each.began_at, each.ended_at, str(each.worst)) for each in found] == [
        (AT + began * MINUTE, None if ended is None else AT + ended * MINUTE, worst) for began, ended, worst in expected
    ]


def test_the_worst_is_the_furthest_from_the_limits_on_either_side():
    assert str(excursions(readings("0", "9", "5"), COLD)[0].worst) == "0"
    assert str(excursions(readings("1", "12", "5"), COLD)[0].worst) == "12"


def parsed(*rows: str, header: str = "time,celsius") -> LoggerFile:
    return parse_logger_file("\n".join([header, *rows]), timezone=ZONE, at=AT)


def test_times_are_those_of_the_site_or_carry_their_offset():
    file = parsed("2026-03-12T09:00,-160", '"2026-03-12T01:30Z","-161.5"', "")
    assert file.problems == ()
    assert [reading.at.astimezone(UTC) for reading in file.readings] == [
        datetime(2026, 3, 12, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 12, 1, 30, tzinfo=UTC),
    ]
    assert (str(file.lowest), str(file.highest)) == ("-161.5", "-160")


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("x,-160", "no time"),
        ("2026-03-12T09:00", "time and a temperature"),
        ("2026-03-12T09:00,-160,extra", "time and a temperature"),
        ("2026-03-12T09:00,cold", "no number"),
        ("2026-03-12T09:00,NaN", "no temperature"),
        ("2026-03-12T09:00,1e400", "no temperature"),
        ("2026-03-12T09:00,-273.16", "no temperature"),
        ("2026-03-12T09:00,-160.005", "two decimals"),
        ("2026-03-12T10:01,-160", "future"),
        ("0001-01-01T00:00,-160", "no time"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(row, word):
    problem = parsed("2026-03-12T08:59,-160", row).problems[0]
    assert (problem.line, word in problem.message) == (3, True), problem


def test_rows_come_in_order_of_time():
    file = parsed("2026-03-12T09:00,-160", "2026-03-12T09:00,-160", "2026-03-12T08:00,-160")
    assert [problem.line for problem in file.problems] == [3, 4]


@pytest.mark.parametrize(
    "text", ["", "celsius,time\n2026-03-12T09:00,-160", "time,celsius", "time,celsius\n" + "x\n" * (MOST_READINGS + 1)]
)
def test_a_file_without_heading_or_readings_or_with_too_many_is_refused_whole(text):
    file = parse_logger_file(text, timezone=ZONE, at=AT)
    assert (file.readings, [problem.line for problem in file.problems]) == ((), [0])


WRONG = LoggerFile((), (RowProblem(2, "x"),))
RIGHT = LoggerFile(tuple(readings("-160")), ())


@pytest.mark.parametrize(
    ("known", "limit", "file", "expected"),
    [
        (False, STORAGE, RIGHT, ()),
        (True, STORAGE, RIGHT, ("TMP-ONCE",)),
        (False, None, RIGHT, ("TMP-LIMIT",)),
        (False, STORAGE, WRONG, ("TMP-ROWS",)),
    ],
)
def test_a_file_is_imported_whole_and_once(known, limit, file, expected):
    assert may_import(known=known, limit=limit, file=file).codes == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ()),
        ({"ended_at": None}, ()),
        ({"ended_at": AT - MINUTE}, ()),
        ({"ended_at": AT - MINUTE - SECOND}, ("TMP-TIME",)),
        ({"began_at": AT + SECOND, "ended_at": None}, ("TMP-FUTURE",)),
        ({"ended_at": AT + SECOND}, ("TMP-FUTURE",)),
        ({"worst": Decimal(-150)}, ("TMP-INSIDE",)),
        ({"limit": None}, ("TMP-LIMIT",)),
    ],
)
def test_an_excursion_that_a_person_reports(changed, expected):
    told = {"limit": STORAGE, "worst": Decimal("-149.99"), "began_at": AT - MINUTE, "ended_at": AT, "at": AT}
    assert may_report(**(told | changed)).codes == expected


@pytest.mark.parametrize(
    ("is_open", "ended_at", "expected"),
    [
        (True, AT, ()),
        (True, AT - MINUTE, ()),
        (True, AT + SECOND, ("TMP-FUTURE",)),
        (True, AT - MINUTE - SECOND, ("TMP-TIME",)),
        (False, AT, ("TMP-ENDED",)),
    ],
)
def test_the_end_of_an_excursion(is_open, ended_at, expected):
    assert may_end(is_open=is_open, began_at=AT - MINUTE, ended_at=ended_at, at=AT).codes == expected


def test_limits_in_words():
    assert [limit_words(limit) for limit in (STORAGE, COLD)] == ["at most -150 °C", "2 to 8 °C"]
