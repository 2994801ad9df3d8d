"""Decline of lung function and growth of lung lesions, the measurements behind inclusion 2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from enrollment.rules.calendar_months import months_later
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, Used, found, shown
from enrollment.rules.validity import expired
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_SOURCE = "Protocol inclusion 2, PC-16"
_CT_SOURCE = "Protocol inclusion 2"


@dataclass(frozen=True, slots=True)
class LookBack:
    """How far before the current test the reference test may lie, in calendar months, bounds included."""

    minimum_months: int
    maximum_months: int | None = None


@dataclass(frozen=True, slots=True)
class Decline:
    """How much a measurement fell from the reference test, exact and un-rounded.

    ``by`` is per cent of the reference value, or points of the predicted one; negative is an improvement. It is None
    where the decline is not known, and ``open_because`` then says why.
    """

    name: str
    unit: str
    by: Fraction | None
    used: Used
    open_because: Finding | None

    def more_than(self, limit: Decimal) -> Finding:
        """Strictly more than the limit: a decline of exactly the limit is not more."""
        return self._compared(f"more than {shown(limit)}", above=Fraction(limit))

    def between(self, low: Decimal, high: Decimal) -> Finding:
        """From ``low`` to ``high``, both included."""
        return self._compared(f"{shown(low)} to {shown(high)}", low=Fraction(low), high=Fraction(high))

    def _compared(
        self, asked: str, *, above: Fraction | None = None, low: Fraction | None = None, high: Fraction | None = None
    ) -> Finding:
        if self.by is None or self.open_because is not None:
            return self.open_because or _missing(self.name, ())
        fulfilled = (
            (above is None or self.by > above) and (low is None or self.by >= low) and (high is None or self.by <= high)
        )
        text = f"{self.name} decline {shown(self.by)} {self.unit}; {asked} {self.unit} is asked for."
        return found(fulfilled, Reason(f"ELG-I2-{self.name}", text, _SOURCE), used=self.used)


def fvc_decline(facts: ScreeningFacts, *, look_back: LookBack, parameters: EligibilityParameters) -> Decline:
    """Decline of forced vital capacity between reference and current test. Source: Protocol inclusion 2, PC-16."""
    if parameters.decline_mode == "relative":
        values = _Values("fvc_reference_l", facts.fvc_reference_l, "fvc_current_l", facts.fvc_current_l)
    else:
        values = _Values(
            "fvc_reference_pct_pred", facts.fvc_reference_pct_pred, "fvc_current_pct_pred", facts.fvc_current_pct_pred
        )
    return _decline("FVC", values, facts=facts, look_back=look_back, parameters=parameters)


def dlco_decline(facts: ScreeningFacts, *, look_back: LookBack, parameters: EligibilityParameters) -> Decline:
    """Decline of diffusing capacity. Both tests need the same correction, and their unit must be known.

    Source: Protocol inclusion 2, PC-16.
    """
    if not facts.dlco_same_correction:
        text = "The two DLCO values are not corrected for haemoglobin in the same way and cannot be compared."
        return _open("DLCO", _unknown("ELG-I2-DLCO", text, ("dlco_same_correction",)), parameters)
    if parameters.decline_mode == "absolute":
        values = _Values(
            "dlco_reference_pct_pred",
            facts.dlco_reference_pct_pred,
            "dlco_current_pct_pred",
            facts.dlco_current_pct_pred,
        )
        return _decline("DLCO", values, facts=facts, look_back=look_back, parameters=parameters)
    values = _Values("dlco_reference", facts.dlco_reference, "dlco_current", facts.dlco_current)
    if not values.missing and facts.dlco_unit is None:
        text = "DLCO has no unit; the two values are not compared on a guess."
        return _open("DLCO", _unknown("ELG-I2-DLCO", text, ("dlco_unit",)), parameters)
    return _decline("DLCO", values, facts=facts, look_back=look_back, parameters=parameters)


def lesions_enlarged(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """Enlargement of lung lesions on CT, as read from two scans. Source: Protocol inclusion 2."""
    code, used = "ELG-I2-CT", {"ct_enlarged": facts.ct_enlarged}
    if facts.ct_enlarged is None:
        reason = Reason(code, "It is not read, or not assessable, whether lesions on CT are enlarged.", _CT_SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=("ct_enlarged",))
    late = expired(
        what="The current CT",
        taken_on=facts.ct_current_on,
        dated="ct_current_on",
        on=facts.evaluated_on,
        max_age_days=parameters.current_ct_max_age_days,
        code=code,
        source=_CT_SOURCE,
    )
    if late is not None:
        return late
    reference_on, current_on = facts.ct_reference_on, facts.ct_current_on
    if reference_on is not None and current_on is not None and reference_on >= current_on:
        reason = Reason(code, f"The reference CT of {reference_on} is not before that of {current_on}.", _CT_SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=("ct_reference_on",))
    text = "Lung lesions on CT are enlarged." if facts.ct_enlarged else "Lung lesions on CT are not enlarged."
    return found(facts.ct_enlarged, Reason(code, text, _CT_SOURCE), used=used)


@dataclass(frozen=True, slots=True)
class _Values:
    reference_key: str
    reference: Decimal | None
    current_key: str
    current: Decimal | None

    @property
    def missing(self) -> tuple[str, ...]:
        """A value that is not above zero is no measurement, and counts as missing."""
        pairs = ((self.reference_key, self.reference), (self.current_key, self.current))
        return tuple(key for key, value in pairs if value is None or value <= 0)


def _decline(
    name: str, values: _Values, *, facts: ScreeningFacts, look_back: LookBack, parameters: EligibilityParameters
) -> Decline:
    if values.reference is None or values.current is None or values.missing:
        return _open(name, _missing(name, values.missing), parameters)
    problem = _dates_problem(name, facts, look_back, parameters)
    if problem is not None:
        return _open(name, problem, parameters)
    reference, current = Fraction(values.reference), Fraction(values.current)
    by = (reference - current) / reference * 100 if parameters.decline_mode == "relative" else reference - current
    used = {
        values.reference_key: values.reference,
        values.current_key: values.current,
        f"{name.lower()}_decline": shown(by),
    }
    return Decline(name, _unit(parameters), by, used, None)


def _dates_problem(
    name: str, facts: ScreeningFacts, look_back: LookBack, parameters: EligibilityParameters
) -> Finding | None:
    late = expired(
        what="The current lung-function test",
        taken_on=facts.pft_current_on,
        dated="pft_current_on",
        on=facts.evaluated_on,
        max_age_days=parameters.current_pft_max_age_days,
        code=f"ELG-I2-{name}",
        source=_SOURCE,
    )
    if late is not None or facts.pft_reference_on is None or facts.pft_current_on is None:
        return late
    return _reference_problem(name, facts.pft_reference_on, facts.pft_current_on, look_back)


def _reference_problem(name: str, reference_on: date, current_on: date, look_back: LookBack) -> Finding | None:
    between = f"The reference test of {reference_on} lies"
    if reference_on >= current_on or months_later(reference_on, look_back.minimum_months) > current_on:
        text = f"{between} less than {look_back.minimum_months} month(s) before the current one of {current_on}."
    elif look_back.maximum_months is not None and months_later(reference_on, look_back.maximum_months) < current_on:
        text = f"{between} more than {look_back.maximum_months} months before the current one of {current_on}."
    else:
        return None
    return _unknown(f"ELG-I2-{name}-REFERENCE", text, ("pft_reference_on",))


def _missing(name: str, keys: tuple[str, ...]) -> Finding:
    return _unknown(f"ELG-I2-{name}", f"The decline of {name} cannot be computed: a value is missing.", keys)


def _unknown(code: str, text: str, needs: tuple[str, ...]) -> Finding:
    return found(Verdict.UNKNOWN, Reason(code, text, _SOURCE), used={}, needs=needs)


def _open(name: str, because: Finding, parameters: EligibilityParameters) -> Decline:
    return Decline(name, _unit(parameters), None, {}, because)


def _unit(parameters: EligibilityParameters) -> str:
    return "%" if parameters.decline_mode == "relative" else "points of the predicted value"
