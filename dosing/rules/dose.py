"""How many viable cells a participant of a given weight is to receive, in which volume, and what was given in the end.

Doses are viable cells (million) per kg body weight. The arithmetic is exact: products are exact decimals, quotients
exact fractions. The only rounding inside the computation is that of the volume, which is rounded because a syringe is.
The tolerance is judged on exact values and never on the rounded ones that are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from trial.protocol.schema import Regimen

CELLS_PER_MILLION = Decimal(1_000_000)
VOLUME_SHOWN = Decimal("0.0001")
DOSE_SHOWN = Decimal("0.00001")
DEVIATION_SHOWN = Decimal("0.01")

# Quantities within these bounds multiply and convert without a rounded digit in _EXACT; no real one lies outside them.
_LARGEST = Decimal(10) ** 15
_DECIMALS = 30
_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Product drawn by volume, as counted after thaw: all cells per mL, and the fraction that lives (above 0 to 1).

    ``volume_infused_ml`` is None until it is known; the drawn volume then counts as given.
    """

    total_cells_per_ml: Decimal
    viability: Decimal
    volume_infused_ml: Decimal | None = None

    def __post_init__(self) -> None:
        require_quantity("concentration_cells_per_ml", self.total_cells_per_ml)
        require_fraction("viability", self.viability)
        if self.volume_infused_ml is not None:
            require_quantity("volume_infused_ml", self.volume_infused_ml, zero=True)


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag: all cells in it, the fraction of them that lives (above 0 to 1), the fraction infused (0 to 1)."""

    total_cells: Decimal
    viability: Decimal
    fraction_infused: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        require_quantity("bag_total_cells", self.total_cells)
        require_fraction("viability", self.viability)
        require_fraction("fraction_infused", self.fraction_infused, zero=True)


@dataclass(frozen=True, slots=True)
class DoseComputation:
    """Every step of a dose, in the order in which a page shows them.

    Cells are exact. Rounded half up for display: ``volume_ml_exact`` (4 decimals), ``given_million_per_kg`` (5),
    ``deviation_percent`` (2, signed). ``volume_ml_drawn`` is rounded half up to the step of the syringe.
    The volumes and ``viable_cells_per_ml`` are None for a bag. ``within_tolerance`` comes from the exact values.
    """

    weight_kg: Decimal
    target_million_per_kg: Decimal
    target_viable_cells: Decimal
    viable_cells_per_ml: Decimal | None
    volume_ml_exact: Decimal | None
    volume_ml_drawn: Decimal | None
    volume_ml_given: Decimal | None
    given_viable_cells: Decimal
    given_million_per_kg: Decimal
    deviation_percent: Decimal
    tolerance_percent: Decimal
    within_tolerance: bool

    @property
    def given_fraction(self) -> Decimal:
        """Relative dose intensity: given over planned cells, the measure of whether a participant is evaluable."""
        return self.given_viable_cells / self.target_viable_cells


def compute_dose(
    *, weight_kg: Decimal, target_million_per_kg: Decimal, product: Suspension | Bag, regimen: Regimen
) -> DoseComputation:
    """What is to be given by body weight, and how far what is given departs from it.

    ``weight_kg`` is the actual body weight measured for this infusion. The deviation is inside the tolerance up to and
    including ``regimen.dose_tolerance_percent`` on either side. Where the regimen counts all nucleated cells instead of
    the viable ones, the viability does not enter.

    Raises: ValueError for a quantity that is not positive, not a number, or beyond what can be computed exactly.
    Source: PC-04 (1 million cells per kg and infusion, registry); regimen.dose_basis, volume_step_ml,
    dose_tolerance_percent.
    """
    require_quantity("weight_kg", weight_kg)
    require_quantity("target_million_per_kg", target_million_per_kg)
    target = _product(target_million_per_kg, CELLS_PER_MILLION, weight_kg)
    viability = product.viability if regimen.dose_basis == "viable_cells" else Decimal(1)
    if isinstance(product, Bag):
        given = _Given(cells=_product(product.total_cells, viability, product.fraction_infused))
    else:
        given = _by_volume(product, viability, target, regimen)
    share = Fraction(given.cells) / Fraction(target)
    return DoseComputation(
        weight_kg=weight_kg,
        target_million_per_kg=target_million_per_kg,
        target_viable_cells=target,
        viable_cells_per_ml=given.viable_cells_per_ml,
        volume_ml_exact=given.volume_ml_exact,
        volume_ml_drawn=given.volume_ml_drawn,
        volume_ml_given=given.volume_ml_given,
        given_viable_cells=given.cells,
        given_million_per_kg=_rounded(share * Fraction(target_million_per_kg), DOSE_SHOWN),
        deviation_percent=_rounded((share - 1) * 100, DEVIATION_SHOWN),
        tolerance_percent=regimen.dose_tolerance_percent,
        within_tolerance=abs(share - 1) * 100 <= Fraction(regimen.dose_tolerance_percent),
    )


def weight_change_percent(*, baseline_kg: Decimal, current_kg: Decimal) -> Decimal:
    """Change of body weight since baseline in per cent of baseline, signed, two decimals half up, for display."""
    require_quantity("baseline_kg", baseline_kg)
    require_quantity("current_kg", current_kg)
    return _rounded((Fraction(current_kg) / Fraction(baseline_kg) - 1) * 100, DEVIATION_SHOWN)


def weight_change_needs_confirmation(*, baseline_kg: Decimal, current_kg: Decimal, regimen: Regimen) -> bool:
    """Whether the weight differs so much from baseline that a mistyped one is likely and somebody must confirm it.

    Strictly more than ``regimen.weight_change_confirm_percent``, in either direction.
    Source: regimen.weight_change_confirm_percent (default, not from the registry).
    """
    require_quantity("baseline_kg", baseline_kg)
    require_quantity("current_kg", current_kg)
    change = abs(Fraction(current_kg) - Fraction(baseline_kg)) / Fraction(baseline_kg) * 100
    return change > Fraction(regimen.weight_change_confirm_percent)


def require_quantity(name: str, value: Decimal, *, zero: bool = False) -> None:
    """Refuse what is not above zero (or zero, where allowed) or cannot be computed exactly. Raises: ValueError."""
    if not value.is_finite() or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{name}: must be a number {'not below' if zero else 'above'} 0")
    exponent = value.as_tuple().exponent
    if value > _LARGEST or (isinstance(exponent, int) and exponent < -_DECIMALS):
        raise ValueError(f"{name}: at most {_LARGEST:.0E} with at most {_DECIMALS} decimals")


def require_fraction(name: str, value: Decimal, *, zero: bool = False) -> None:
    """Refuse what is not a fraction of the whole; 86 is a percentage and not one. Raises: ValueError."""
    require_quantity(name, value, zero=zero)
    if value > 1:
        raise ValueError(f"{name}: a fraction, at most 1 (0.86 and not 86 for 86 %)")


@dataclass(frozen=True, slots=True)
class _Given:
    cells: Decimal
    viable_cells_per_ml: Decimal | None = None
    volume_ml_exact: Decimal | None = None
    volume_ml_drawn: Decimal | None = None
    volume_ml_given: Decimal | None = None


def _by_volume(product: Suspension, viability: Decimal, target: Decimal, regimen: Regimen) -> _Given:
    viable_cells_per_ml = _product(product.total_cells_per_ml, viability)
    volume_ml = Fraction(target) / Fraction(viable_cells_per_ml)
    drawn = _rounded(volume_ml, regimen.volume_step_ml)
    given = drawn if product.volume_infused_ml is None else product.volume_infused_ml
    return _Given(
        cells=_product(viable_cells_per_ml, given),
        viable_cells_per_ml=viable_cells_per_ml,
        volume_ml_exact=_rounded(volume_ml, VOLUME_SHOWN),
        volume_ml_drawn=drawn,
        volume_ml_given=given,
    )


def _product(*factors: Decimal) -> Decimal:
    result = Decimal(1)
    for factor in factors:
        result = _EXACT.multiply(result, factor)
    return result


def _rounded(value: Fraction, step: Decimal) -> Decimal:
    """To a whole number of steps, half up (away from zero); never minus zero."""
    steps = abs(value) / Fraction(step)
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return _EXACT.multiply(Decimal(-whole if value < 0 else whole), step)
