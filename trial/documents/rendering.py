"""From the values of the rules to one JSON document: decimals as strings, dates ISO 8601, times site-local."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from trial.rules.decision import Decision, Reason


def json_text(value: object, *, timezone: str) -> str:
    """One indented document in ASCII, so that no terminal's encoding can spoil it. Floats are refused."""
    return json.dumps(plain(value, zone=ZoneInfo(timezone)), indent=2, allow_nan=False)


def plain(value: object, *, zone: ZoneInfo) -> object:
    """What JSON knows. A type that is not foreseen is an error, never its ``repr``."""
    if isinstance(value, Mapping):
        return {str(plain(key, zone=zone)): plain(item, zone=zone) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, zone=zone) for item in value]
    if isinstance(value, (Reason, Decision)):
        return plain(_of_decision(value), zone=zone)
    return _plain_scalar(value, zone=zone)


def plain_mapping(value: Mapping[str, Any], *, timezone: str = "UTC") -> dict[str, Any]:
    """A mapping with plain values only."""
    zone = ZoneInfo(timezone)
    return {key: plain(item, zone=zone) for key, item in value.items()}


def _of_decision(value: Reason | Decision) -> object:
    if isinstance(value, Reason):
        return value.as_dict()
    return {"allowed": value.allowed, "reasons": value.reasons}


def _plain_scalar(value: object, *, zone: ZoneInfo) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be rendered.")
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no form in an explanation.")
