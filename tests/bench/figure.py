"""One figure of the benchmarks: what was measured, against what, and whether it is within its limit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class LimitKind(StrEnum):
    """``TIMES``: the limit is a multiple of a base measured in the same run. ``AT_MOST``: it is a fixed number."""

    TIMES = "times"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a value is compared with: the value may be ``factor`` times as large."""

    what: str
    value: float
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``value`` and ``limit`` in ``unit``. A figure without a limit is shown for information and always passes."""

    name: str
    value: float
    unit: str
    limit: float | None
    base: Base | None = None

    @property
    def limit_kind(self) -> LimitKind | None:
        if self.limit is None:
            return None
        return LimitKind.TIMES if self.base else LimitKind.AT_MOST

    @property
    def passed(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def as_dict(self) -> dict[str, Any]:
        base = self.base and {"what": self.base.what, "value": _short(self.base.value), "factor": self.base.factor}
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "limit": None if self.limit is None else _short(self.limit),
            "limit_kind": self.limit_kind,
            "base": base,
            "passed": self.passed,
        }

    def as_line(self, width: int) -> str:
        mark = "ok    " if self.passed else "FAILED"
        return f"{mark}  {self.name:<{width}}  {self.value:>9.2f} {self.unit:<7} {self._limit_text()}"

    def _limit_text(self) -> str:
        if self.limit is None:
            return ""
        text = f"limit {self.limit:.2f}"
        if self.base:
            times = self.value / self.base.value
            text += f" = {self.base.factor:g} x {self.base.value:.2f} ({self.base.what}); it is {times:.2f} x"
        return text


def at_most(limit: float | None, *, name: str, value: float, unit: str) -> Figure:
    return Figure(name=name, value=value, unit=unit, limit=limit)


def times(factor: float, *, name: str, value: float, unit: str, base: float, what: str) -> Figure:
    """A figure whose limit is ``factor`` times ``base``, which was measured beside it."""
    return Figure(
        name=name,
        value=value,
        unit=unit,
        limit=factor * base,
        base=Base(what=what, value=base, factor=factor),
    )


def _short(value: float) -> float:
    return round(value, 3)
