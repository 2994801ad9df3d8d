"""Inclusion 5: the agreement to contraception."""

from __future__ import annotations

from datetime import date, timedelta

from enrollment.rules.calendar_months import months_later
from enrollment.rules.childbearing import childbearing
from enrollment.rules.facts import Contraception, ContraceptionMethod, ScreeningFacts, Sex
from enrollment.rules.finding import Finding, all_of, found
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

NEEDS_LEAD = frozenset({ContraceptionMethod.ORAL, ContraceptionMethod.IUD, ContraceptionMethod.IMPLANT})
"""Methods that protect only some time after they were begun."""

EFFECTIVE = NEEDS_LEAD | {ContraceptionMethod.BARRIER, ContraceptionMethod.STERILISED_PARTNER}

_SOURCE = "Protocol inclusion 5"
_LEAD_SOURCE = "Protocol inclusion 5, PC-10"


def contraception_agreed(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """I5: the participant agrees to effective contraception, begun early enough before the first infusion.

    Men are asked for the agreement only. Not applicable to a woman who cannot become pregnant. A method that is begun
    too late, or is not a listed one, leaves it open, because either can still be put right.
    Source: Protocol inclusion 5, PC-10.
    """
    agreed = _agreed(facts)
    if facts.sex is Sex.MALE:
        return agreed
    potential = childbearing(facts, parameters=parameters)
    if potential.verdict is Verdict.NOT_MET:
        return Finding(Verdict.NOT_APPLICABLE, potential.reasons, potential.used)
    protected = all_of(agreed, _effective(facts, parameters))
    if potential.is_met or protected.is_met:
        return protected
    # Whether it applies is open: a refusal would not count against a woman who cannot become pregnant.
    return potential if protected.verdict is Verdict.NOT_MET else all_of(potential, protected)


def _agreed(facts: ScreeningFacts) -> Finding:
    code, agreed = "ELG-I5-AGREED", (facts.contraception or Contraception()).agreed
    used = {"contraception.agreed": agreed}
    if agreed is None:
        reason = Reason(code, "The agreement to contraception is not recorded.", _SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=("contraception",))
    text = "The participant agrees to contraception." if agreed else "The participant does not agree to contraception."
    return found(agreed, Reason(code, text, _SOURCE), used=used)


def _effective(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    contraception = facts.contraception or Contraception()
    method = contraception.method
    used = {"contraception.method": method, "contraception.started_on": contraception.started_on}
    if method is None or method not in EFFECTIVE:
        text = "The method of contraception is not recorded." if method is None else "The method is not a listed one."
        reason = Reason("ELG-I5-METHOD", text, _SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=("contraception",))
    if method not in NEEDS_LEAD:
        reason = Reason("ELG-I5-METHOD", f"Method of contraception: {method.replace('_', ' ')}.", _SOURCE)
        return found(Verdict.MET, reason, used=used)
    verdict, text, needs = _lead(contraception.started_on, facts, parameters)
    return found(
        verdict,
        Reason("ELG-I5-LEAD", text, _LEAD_SOURCE),
        used=used | {"planned_first_infusion_on": facts.planned_first_infusion_on},
        needs=needs,
    )


def _lead(
    started_on: date | None, facts: ScreeningFacts, parameters: EligibilityParameters
) -> tuple[Verdict, str, tuple[str, ...]]:
    months = parameters.contraception_lead_months
    if started_on is None:
        text = f"The start of contraception is not dated; {months} month(s) before the first infusion is asked for."
        return Verdict.UNKNOWN, text, ("contraception",)
    earliest_on = _earliest_infusion(started_on, months)
    # Without a planned date no infusion can come before the day of evaluation.
    infusion_on = facts.planned_first_infusion_on or facts.evaluated_on
    text = f"Contraception since {started_on}; the first infusion may be given from {earliest_on} on."
    if infusion_on is not None and infusion_on >= earliest_on:
        return Verdict.MET, text, ()
    return Verdict.UNKNOWN, text, ("planned_first_infusion_on",)


def _earliest_infusion(started_on: date, months: int) -> date:
    """The first day whose date so many months earlier is not before the start; month ends make it a few days more."""
    earliest_on = months_later(started_on, months)
    while months_later(earliest_on, -months) < started_on:
        earliest_on += timedelta(days=1)
    return earliest_on
