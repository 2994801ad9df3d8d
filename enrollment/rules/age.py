"""Inclusion 1, age, and its twin in exclusion 2."""

from __future__ import annotations

from datetime import date

from enrollment.rules.calendar_months import completed_years, months_later
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, found
from enrollment.rules.verdict import Verdict, opposite
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_MONTHS_PER_YEAR = 12


def age_within(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """I1a: the age on the day of consent lies between the two bounds, both included.

    Where birth is known to the month or the year only, every day it can be must give the same answer.
    Source: Protocol inclusion 1.
    """
    verdict, text = _age(facts, parameters)
    return found(verdict, Reason("ELG-I1A-AGE", text, "Protocol inclusion 1"), used=_used(facts), needs=_needs(facts))


def age_outside(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """X2a: the age is outside the bounds of inclusion 1. Source: Protocol exclusion 2, PC-08."""
    verdict, text = _age(facts, parameters)
    reason = Reason("ELG-X2A-AGE", text, "Protocol exclusion 2, PC-08")
    return found(opposite(verdict), reason, used=_used(facts), needs=_needs(facts))


def _age(facts: ScreeningFacts, parameters: EligibilityParameters) -> tuple[Verdict, str]:
    born, on = facts.birth_date, facts.consent_on
    if born is None or on is None:
        return Verdict.UNKNOWN, "The age on the day of consent cannot be computed without both dates."
    low, high = parameters.age_minimum_years, parameters.age_maximum_years
    youngest = completed_years(born_on=born.latest, on=on)
    oldest = completed_years(born_on=born.earliest, on=on)
    years = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    text = f"Age {years} years on {on} (born in {born.year}); {low} to {high} are required."
    if youngest >= low and not _too_old(born.earliest, on, parameters):
        return Verdict.MET, text
    if oldest < low or _too_old(born.latest, on, parameters):
        return Verdict.NOT_MET, text
    return Verdict.UNKNOWN, text


def _too_old(born_on: date, on: date, parameters: EligibilityParameters) -> bool:
    if parameters.age_upper_mode == "completed_years":
        return completed_years(born_on=born_on, on=on) > parameters.age_maximum_years
    return on > months_later(born_on, parameters.age_maximum_years * _MONTHS_PER_YEAR)


def _used(facts: ScreeningFacts) -> dict[str, date | str | int | None]:
    """Of the date of birth the year: a verdict is read by people who may not know the day (``birth_date``)."""
    used: dict[str, date | str | int | None] = {
        "birth_date": None if facts.birth_date is None else f"{facts.birth_date.year:04d}",
        "consent_on": facts.consent_on,
    }
    if facts.birth_date is not None and facts.consent_on is not None and facts.birth_date.is_complete:
        used["age_years"] = completed_years(born_on=facts.birth_date.earliest, on=facts.consent_on)
    return used


def _needs(facts: ScreeningFacts) -> tuple[str, ...]:
    missing = tuple(key for key in ("birth_date", "consent_on") if getattr(facts, key) is None)
    return missing or ("birth_date",)
