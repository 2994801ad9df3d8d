"""Temperatures of the product against the limits of the protocol: a reading, a logger file, an excursion.

Temperatures are in degrees Celsius, exact decimals; limits are inclusive.
Source: Protocol, product: temperature limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from trial.protocol.schema_monitoring import TemperatureLimit
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import from_wall_clock

_SOURCE = "Protocol, product: temperature limits"
# A logger that reads every minute fills a week with ten thousand rows.
MOST_READINGS = 20_000
MOST_BYTES = 1_000_000
# As the columns of a log keep them.
_DECIMALS = 2
_COLDEST, _WARMEST = Decimal("-273.15"), Decimal(200)
_HEADER = ["time", "celsius"]
# A file that is wrong throughout is told by its first rows.
_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Reading:
    at: datetime
    celsius: Decimal


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``line`` counts from 1, the heading included; 0 is the file as a whole."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Excursion:
    """A time outside the limits: from the first reading outside to the first one inside again.

    ``ended_at`` None: the last reading is still outside. ``worst``: the reading furthest from the limits.
    """

    began_at: datetime
    ended_at: datetime | None
    worst: Decimal
    readings: int


@dataclass(frozen=True, slots=True)
class LoggerFile:
    """A parsed logger file: its readings in order, or everything that is wrong with it."""

    readings: tuple[Reading, ...]
    problems: tuple[RowProblem, ...]

    @property
    def lowest(self) -> Decimal:
        return min(reading.celsius for reading in self.readings)

    @property
    def highest(self) -> Decimal:
        return max(reading.celsius for reading in self.readings)


def is_within(celsius: Decimal, limit: TemperatureLimit) -> bool:
    above = limit.minimum_celsius is None or celsius >= limit.minimum_celsius
    return above and (limit.maximum_celsius is None or celsius <= limit.maximum_celsius)


def excursions(readings: Sequence[Reading], limit: TemperatureLimit) -> tuple[Excursion, ...]:
    """Consecutive readings outside the limits, each run as one excursion. ``readings`` in the order of time.

    Until a reading proves the contrary the product was outside its limits: a run ends with the reading that is inside.
    """
    found: list[Excursion] = []
    run: list[Reading] = []
    for reading in readings:
        if not is_within(reading.celsius, limit):
            run.append(reading)
        elif run:
            found.append(_excursion(run, limit, ended_at=reading.at))
            run = []
    if run:
        found.append(_excursion(run, limit, ended_at=None))
    return tuple(found)


def _excursion(run: Sequence[Reading], limit: TemperatureLimit, *, ended_at: datetime | None) -> Excursion:
    worst = max(run, key=lambda reading: _distance(reading.celsius, limit))
    return Excursion(began_at=run[0].at, ended_at=ended_at, worst=worst.celsius, readings=len(run))


def _distance(celsius: Decimal, limit: TemperatureLimit) -> Decimal:
    """How far outside; zero inside."""
    below = (limit.minimum_celsius - celsius) if limit.minimum_celsius is not None else Decimal(0)
    above = (celsius - limit.maximum_celsius) if limit.maximum_celsius is not None else Decimal(0)
    return max(below, above, Decimal(0))


def parse_logger_file(text: str, *, timezone: str, at: datetime) -> LoggerFile:
    """Read "time,celsius" rows: times ISO 8601 (without offset on the site's clock), ascending, not in the future."""
    rows = [_cells(line) for line in text.lstrip("\ufeff").splitlines()]
    whole = _problem_of_file(rows)
    if whole is not None:
        return LoggerFile((), (RowProblem(0, whole),))
    readings: list[Reading] = []
    problems: list[RowProblem] = []
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        read = _reading(row, timezone=timezone)
        wrong = read if isinstance(read, str) else _out_of_order(read, readings, at=at)
        if wrong is not None:
            problems.append(RowProblem(line, wrong))
        elif isinstance(read, Reading):
            readings.append(read)
    if not readings and not problems:
        problems.append(RowProblem(0, "The file holds no reading."))
    return LoggerFile(tuple(readings), tuple(problems[:_MOST_PROBLEMS]))


def _cells(line: str) -> list[str]:
    """Loggers write some cells in quotation marks; no cell of theirs holds a comma."""
    return [cell.strip().strip('"').strip() for cell in line.split(",")] if line.strip() else []


def _problem_of_file(rows: Sequence[Sequence[str]]) -> str | None:
    if not rows or [cell.lower() for cell in rows[0]] != _HEADER:
        return "The first line must read: time,celsius"
    if len(rows) - 1 > MOST_READINGS:
        return f"The file holds more than {MOST_READINGS} readings. Divide it."
    return None


def _reading(row: Sequence[str], *, timezone: str) -> Reading | str:
    if len(row) != len(_HEADER):
        return "A row has a time and a temperature."
    try:
        at = from_wall_clock(datetime.fromisoformat(row[0]), timezone=timezone)
    except (ValueError, OverflowError):
        return f"“{row[0][:40]}” is no time such as 2026-03-12T14:05."
    celsius = _celsius(row[1])
    return celsius if isinstance(celsius, str) else Reading(at, celsius)


def _celsius(text: str) -> Decimal | str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return f"“{text[:40]}” is no number."
    if not value.is_finite() or not _COLDEST <= value <= _WARMEST:
        return f"“{text[:40]}” is no temperature in degrees Celsius."
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS:
        return f"“{text[:40]}” has more than two decimals."
    return value


def _out_of_order(reading: Reading, before: Sequence[Reading], *, at: datetime) -> str | None:
    if reading.at > at:
        return "The time lies in the future."
    if before and reading.at <= before[-1].at:
        return "The time is not after the one before it."
    return None


def may_import(*, known: bool, limit: TemperatureLimit | None, file: LoggerFile) -> Decision:
    """``known``: a file of this content was imported already. Nothing is written of a file with a wrong row."""
    return Decision.of(
        [
            _reason("TMP-ONCE", "This very file was imported already.") if known else None,
            _reason("TMP-LIMIT", "The protocol names no such limits.") if limit is None else None,
            _reason("TMP-ROWS", f"The file has wrong rows, the first: {_told(file.problems[0])}")
            if file.problems
            else None,
        ]
    )


def may_report(
    *,
    limit: TemperatureLimit | None,
    worst: Decimal,
    began_at: datetime,
    ended_at: datetime | None,
    at: datetime,
) -> Decision:
    """An excursion that a person saw. ``ended_at`` None: it goes on."""
    inside = limit is not None and is_within(worst, limit)
    return Decision.of(
        [
            _reason("TMP-LIMIT", "The protocol names no such limits.") if limit is None else None,
            _reason("TMP-INSIDE", f"{worst} °C is within the limits: this is no excursion.") if inside else None,
            _reason("TMP-FUTURE", "An excursion does not lie in the future.")
            if began_at > at or (ended_at is not None and ended_at > at)
            else None,
            _reason("TMP-TIME", "An excursion ends after it began.")
            if ended_at is not None and ended_at < began_at
            else None,
        ]
    )


def may_end(*, is_open: bool, began_at: datetime, ended_at: datetime, at: datetime) -> Decision:
    return Decision.of(
        [
            None if is_open else _reason("TMP-ENDED", "The end of this excursion is recorded already."),
            _reason("TMP-FUTURE", "An excursion does not lie in the future.") if ended_at > at else None,
            _reason("TMP-TIME", "An excursion ends after it began.") if ended_at < began_at else None,
        ]
    )


def limit_of(code: str, limits: Iterable[TemperatureLimit]) -> TemperatureLimit | None:
    return next((limit for limit in limits if limit.code == code), None)


def limit_words(limit: TemperatureLimit) -> str:
    """The limits in words: "2 to 8 °C", "at most -150 °C"."""
    return " ".join(_limit_words(limit))


def _limit_words(limit: TemperatureLimit) -> Iterator[str]:
    low, high = limit.minimum_celsius, limit.maximum_celsius
    if low is not None and high is not None:
        yield f"{low} to {high} °C"
    elif low is not None:
        yield f"at least {low} °C"
    elif high is not None:
        yield f"at most {high} °C"


def _told(problem: RowProblem) -> str:
    return f"line {problem.line}: {problem.message}" if problem.line else problem.message


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
