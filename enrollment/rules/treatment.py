"""What the participant was treated with, for how long, and how high: the treatment side of inclusion 2."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from enrollment.rules.calendar_months import months_later
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, all_of, found, shown
from enrollment.rules.treatment_records import prednisolone_per_mg
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_OVERLAP_SOURCE = "Protocol inclusion 2, PC-17"
_STEROID_SOURCE = "Protocol inclusion 2, PC-18"


def treated_longer_than(facts: ScreeningFacts, *, months: int, started_on: date | None, key: str) -> Finding:
    """Steroid and potent immunosuppressant together for strictly more than so many calendar months.

    Counted to the end of the treatment or to the day of evaluation, whichever comes first: begun on 20 August, 24
    months are exceeded on 21 August. ``key`` names the fact that ``started_on`` was taken from.
    Source: Protocol inclusion 2, PC-17.
    """
    return all_of(_duration(facts, months, started_on, key), _potent(facts))


def high_dose_steroid(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """The highest sustained dose is strictly above the limit, in mg of prednisolone or its equivalent per kg and day.

    Source: Protocol inclusion 2, PC-18.
    """
    keys = ("steroid_drug", "steroid_mg_per_day", "weight_kg")
    used = {key: getattr(facts, key) for key in keys}
    missing = tuple(key for key in keys if used[key] is None)
    mg, weight, limit = facts.steroid_mg_per_day, facts.weight_kg, parameters.b_steroid_mg_per_kg
    asked = f"more than {shown(limit)} mg/kg/day is asked for"
    if missing or mg is None or weight is None or weight <= 0:
        reason = Reason("ELG-I2-STEROID", f"The dose of steroid per kg is not known; {asked}.", _STEROID_SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=missing or ("weight_kg",))
    factor = prednisolone_per_mg(facts.steroid_drug or "", parameters=parameters)
    if factor is None:
        text = f"No prednisolone equivalent is defined for {facts.steroid_drug}."
        reason = Reason("ELG-I2-STEROID-DRUG", text, _STEROID_SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=("steroid_drug",))
    per_kg = Fraction(mg) * factor / Fraction(weight)
    text = f"Steroid {shown(per_kg)} mg/kg/day of prednisolone or its equivalent; {asked}."
    return found(
        per_kg > Fraction(limit),
        Reason("ELG-I2-STEROID", text, _STEROID_SOURCE),
        used=used | {"prednisolone_mg_per_kg": shown(per_kg)},
    )


def _duration(facts: ScreeningFacts, months: int, started_on: date | None, key: str) -> Finding:
    code, on = "ELG-I2-OVERLAP", facts.evaluated_on
    used = {key: started_on, "overlap_ended_on": facts.overlap_ended_on, "evaluated_on": on}
    missing = tuple(name for name, value in ((key, started_on), ("evaluated_on", on)) if value is None)
    if started_on is None or on is None:
        text = (
            f"How long steroid and immunosuppressant overlapped is not known; more than {months} months is asked for."
        )
        return found(Verdict.UNKNOWN, Reason(code, text, _OVERLAP_SOURCE), used=used, needs=missing)
    until = on if facts.overlap_ended_on is None else min(on, facts.overlap_ended_on)
    text = f"Steroid and immunosuppressant from {started_on} to {until}; more than {months} months is asked for."
    if until <= started_on:
        text = f"Steroid and immunosuppressant not together for any time; more than {months} months is asked for."
    return found(until > months_later(started_on, months), Reason(code, text, _OVERLAP_SOURCE), used=used)


def _potent(facts: ScreeningFacts) -> Finding:
    key = "immunosuppressant_attested"
    if facts.immunosuppressant_attested:
        text = "The immunosuppressant counts as potent."
        return found(Verdict.MET, Reason("ELG-I2-POTENT", text, _OVERLAP_SOURCE), used={key: True})
    text = "The principal investigator has not attested that the immunosuppressant is a potent one."
    return found(Verdict.UNKNOWN, Reason("ELG-I2-POTENT", text, _OVERLAP_SOURCE), used={key: False}, needs=(key,))
