"""A verdict with what it rests on: the values used, the reasons, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from enrollment.rules import verdict as logic
from enrollment.rules.verdict import Verdict
from trial.rules.decision import Reason

Used = Mapping[str, Decimal | date | int | str | bool | None]

_SHOWN = Decimal("0.0001")
_WIDE = Context(prec=100, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a criterion, or a part of one, comes to. ``needs``: the facts that would settle it; empty unless unknown."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    used: Used = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        return self.verdict is Verdict.MET


def found(verdict: Verdict | bool, reason: Reason, *, used: Used, needs: Iterable[str] = ()) -> Finding:
    """A part with its one reason. ``needs`` counts only where the part is unknown."""
    settled = logic.of(verdict) if isinstance(verdict, bool) else verdict
    return Finding(settled, (reason,), used, unique(needs) if settled is Verdict.UNKNOWN else ())


def all_of(*parts: Finding) -> Finding:
    """Kleene AND. The reasons are those of the parts that decide."""
    return _combined(logic.both(part.verdict for part in parts), parts)


def any_of(*parts: Finding) -> Finding:
    """Kleene OR. The reasons are those of the parts that decide."""
    return _combined(logic.either(part.verdict for part in parts), parts)


def _combined(verdict: Verdict, parts: tuple[Finding, ...]) -> Finding:
    deciding = [part for part in parts if part.verdict is verdict] or parts
    reasons = dict.fromkeys(reason for part in deciding for reason in part.reasons)
    used: dict[str, Decimal | date | int | str | bool | None] = {}
    for part in parts:
        used.update(part.used)
    needs = unique(key for part in deciding for key in part.needs)
    return Finding(verdict, tuple(reasons), used, needs if verdict is Verdict.UNKNOWN else ())


def unique(keys: Iterable[str]) -> tuple[str, ...]:
    """Each key once, in the order in which it was first named."""
    return tuple(dict.fromkeys(keys))


def shown(value: Fraction | Decimal) -> Decimal:
    """For display only: at most four decimals, half up, at least one. Never compare what this returns."""
    exact = Fraction(value)
    rounded = _WIDE.divide(Decimal(exact.numerator), Decimal(exact.denominator)).quantize(_SHOWN, context=_WIDE)
    one_decimal = rounded.quantize(Decimal("0.1"), context=_WIDE)
    return one_decimal if one_decimal == rounded else _WIDE.normalize(rounded)


def statement(known: bool | None, *, key: str, code: str, texts: tuple[str, str, str], source: str) -> Finding:
    """What a person has stated, as a part. ``texts``: if so, if not so, if nobody has said."""
    verdict = logic.of(known)
    text = {Verdict.MET: texts[0], Verdict.NOT_MET: texts[1], Verdict.UNKNOWN: texts[2]}[verdict]
    return found(verdict, Reason(code, text, source), used={key: known}, needs=(key,))
