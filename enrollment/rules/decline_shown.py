"""Both ways of stating a decline, side by side, whichever is in force; and what they propose for exclusion 2."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import shown
from trial.protocol.schema import EligibilityParameters


@dataclass(frozen=True, slots=True)
class DeclineShown:
    """``relative_percent`` of the reference value, ``absolute_points`` of the predicted one; rounded, never compared.

    Negative is an improvement. ``in_force``: the one that the criteria use, ``relative`` or ``absolute``.
    """

    name: str
    relative_percent: Decimal | None
    absolute_points: Decimal | None
    in_force: str


def declines(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> tuple[DeclineShown, DeclineShown]:
    """Of FVC and DLCO, from the values alone, whatever their dates. Source: Protocol inclusion 2, PC-16."""
    return (
        DeclineShown(
            "FVC",
            _shown(_relative(facts.fvc_reference_l, facts.fvc_current_l)),
            _shown(_absolute(facts.fvc_reference_pct_pred, facts.fvc_current_pct_pred)),
            parameters.decline_mode,
        ),
        DeclineShown(
            "DLCO",
            _shown(_relative(facts.dlco_reference, facts.dlco_current)),
            _shown(_absolute(facts.dlco_reference_pct_pred, facts.dlco_current_pct_pred)),
            parameters.decline_mode,
        ),
    )


def improvement_measured(
    facts: ScreeningFacts, *, ct_improved: bool | None, parameters: EligibilityParameters
) -> tuple[str, ...]:
    """Which measurements propose that the disease improved; the principal investigator decides.

    FVC or DLCO rose by so many per cent of the reference or more, or the CT was read as improved. Source: PC-08.
    """
    measured = (
        ("FVC", _relative(facts.fvc_reference_l, facts.fvc_current_l), parameters.x2_fvc_improvement_percent),
        ("DLCO", _relative(facts.dlco_reference, facts.dlco_current), parameters.x2_dlco_improvement_percent),
    )
    rose = [name for name, decline, limit in measured if decline is not None and -decline >= Fraction(limit)]
    return (*rose, "CT") if ct_improved else tuple(rose)


def _relative(reference: Decimal | None, current: Decimal | None) -> Fraction | None:
    if reference is None or current is None or reference <= 0:
        return None
    return (Fraction(reference) - Fraction(current)) / Fraction(reference) * 100


def _absolute(reference: Decimal | None, current: Decimal | None) -> Fraction | None:
    return None if reference is None or current is None else Fraction(reference) - Fraction(current)


def _shown(value: Fraction | None) -> Decimal | None:
    return None if value is None else shown(value)
