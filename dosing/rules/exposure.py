"""How much of the product a participant has received, and how that compares with what was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

_SHOWN = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """One infusion: million viable cells per kg planned and given; ``given`` 0 where it was not given.

    ``given`` None: it is not over yet and does not count.
    """

    number: int
    planned_million_per_kg: Decimal
    given_million_per_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sums over what is over: million viable cells per kg body weight of the day."""

    infusions: int
    given_million_per_kg: Decimal
    planned_million_per_kg: Decimal

    @property
    def relative_dose_intensity(self) -> Decimal | None:
        """Given over planned, five decimals half up. None while nothing was planned."""
        if not self.planned_million_per_kg:
            return None
        ratio = Fraction(self.given_million_per_kg) / Fraction(self.planned_million_per_kg)
        return (Decimal(ratio.numerator) / Decimal(ratio.denominator)).quantize(_SHOWN, rounding=ROUND_HALF_UP)


def exposure(doses: Sequence[PlannedDose]) -> Exposure:
    """Cumulative cells per kg and what was planned for the same infusions. Source: domain 6.1, exposure derived."""
    over = [dose for dose in doses if dose.given_million_per_kg is not None]
    return Exposure(
        infusions=sum(1 for dose in over if dose.given_million_per_kg),
        given_million_per_kg=sum((dose.given_million_per_kg or Decimal(0) for dose in over), Decimal(0)),
        planned_million_per_kg=sum((dose.planned_million_per_kg for dose in over), Decimal(0)),
    )
