"""From JSON text to typed input: exact decimals, strict keys, times in the site's zone, every problem collected.

A missing key and ``null`` both mean "not known"; an unknown key is refused, because a misspelt key would otherwise be
taken for something that is not known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic import ValidationInfo as Info

from trial.documents.problems import InputProblems, Problem, key_of
from trial.protocol.schema import ProtocolDefinition
from trial.rules.partial_dates import PartialDate
from trial.rules.site_time import end_of_day, from_wall_clock, start_of_day

LARGEST_EXPONENT = 30
"""Larger or smaller numbers are refused: no clinical quantity has them, and writing them out would exhaust memory."""

YEARS = range(1900, 2200)
"""Other years are slips of the pen, and the arithmetic of windows would leave the calendar."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?")


class InputModel(BaseModel):
    """Base of every input document: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_json(text: str) -> object:
    """The document, decimals read exactly. Refused: duplicate keys, NaN and Infinity, numbers beyond all reason."""
    try:
        return json.loads(
            text, parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_duplicates
        )
    except json.JSONDecodeError as error:
        raise InputProblems.single(
            "document", f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from error
    except RecursionError as error:
        raise InputProblems.single("document", "is nested too deeply") from error
    except ValueError as error:
        raise InputProblems.single("document", f"is not JSON: {error}") from error


Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], document: object, *, definition: ProtocolDefinition) -> Model:
    """The document as ``model``; site-local times are read in the zone of ``definition``. Raises ``InputProblems``."""
    if not isinstance(document, dict):
        raise InputProblems.single("document", "must be a JSON object")
    try:
        return model.model_validate(document, context={"timezone": definition.timezone})
    except ValidationError as error:
        raise InputProblems(_problems_of(error)) from error


def _problems_of(error: ValidationError) -> list[Problem]:
    texts = {"extra_forbidden": "unknown key", "missing": "is needed"}
    found: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        text = texts.get(detail["type"], detail["msg"].removeprefix("Value error, "))
        found.setdefault(key_of(detail["loc"]), []).append(text)
    return [Problem(key, " or ".join(dict.fromkeys(texts_of_key))) for key, texts_of_key in found.items()]


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise InputProblems.single("document", f"the number {text[:LARGEST_EXPONENT]} is out of every range")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise InputProblems.single("document", f"{name} is no number that JSON knows")


def _without_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputProblems.single(key, "the key stands twice in the same object")
        found[key] = value
    return found


def _read_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise ValueError("must be a number")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError("must be a number") from error
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("must be a finite number within reason")
    return number


def _read_day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _within_reason(date.fromisoformat(value))
    raise ValueError("must be a date such as 2025-03-03")


def _read_instant(value: object, info: Info) -> datetime:
    if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        raise ValueError("must be a time such as 2025-03-03T10:00 (site-local) or 2025-03-03T10:00:00+08:00")
    written = datetime.fromisoformat(value)
    _within_reason(written.date())
    return from_wall_clock(written, timezone=_timezone(info))


def _read_instant_or_day_start(value: object, info: Info) -> datetime:
    found = _read_instant_or_day(value, info)
    return found if isinstance(found, datetime) else start_of_day(found, timezone=_timezone(info))


def _read_instant_or_day_end(value: object, info: Info) -> datetime:
    found = _read_instant_or_day(value, info)
    return found if isinstance(found, datetime) else end_of_day(found, timezone=_timezone(info))


def _read_instant_or_day(value: object, info: Info) -> datetime | date:
    return _read_day(value) if isinstance(value, str) and _DAY.fullmatch(value) else _read_instant(value, info)


def _read_partial_date(value: object) -> PartialDate:
    if not isinstance(value, str):
        raise ValueError("must be a date, or a part of one: 2024, 2024-08 or 2024-08-21")
    found = PartialDate.parse(value)
    _within_reason(found.earliest)
    return found


def _read_instant_or_partial_day(value: object, info: Info) -> str:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        _read_instant(value, info)
        return value
    return str(_read_partial_date(value))


def _within_reason(on: date) -> date:
    if on.year not in YEARS:
        raise ValueError(f"the year must be between {YEARS[0]} and {YEARS[-1]}")
    return on


def _timezone(info: Info) -> str:
    return str((info.context or {})["timezone"])


Number = Annotated[Decimal, BeforeValidator(_read_number)]
"""A JSON number or a string of one, exact and finite."""

Whole = StrictInt
Flag = StrictBool
Text = StrictStr

Day = Annotated[date, BeforeValidator(_read_day)]
"""A whole calendar day, ``2025-03-03``."""

Instant = Annotated[datetime, BeforeValidator(_read_instant)]
"""A time with an offset, or site-local."""

InstantOrDayStart = Annotated[datetime, BeforeValidator(_read_instant_or_day_start)]
"""A time; a bare date means 00:00:00 of it, site time."""

InstantOrDayEnd = Annotated[datetime, BeforeValidator(_read_instant_or_day_end)]
"""A time; a bare date means the end of it, site time."""

InstantOrDay = Annotated[datetime | date, BeforeValidator(_read_instant_or_day)]
"""A time stays a ``datetime``, a bare date stays a ``date``."""

PartialDay = Annotated[PartialDate, BeforeValidator(_read_partial_date)]
"""``2024``, ``2024-08`` or ``2024-08-21``."""

InstantOrPartialDay = Annotated[str, BeforeValidator(_read_instant_or_partial_day)]
"""A time or a partial date, checked and kept as text: only the rule that uses it knows how it is to be taken."""
