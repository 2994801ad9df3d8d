"""Exclusion 4: liver and kidney."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from enrollment.rules.diagnosis import has_myositis
from enrollment.rules.facts import Creatinine, ScreeningFacts
from enrollment.rules.finding import Finding, all_of, any_of, found, shown
from enrollment.rules.validity import expired
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason
from trial.rules.units import creatinine_mg_per_dl

_LIVER_SOURCE = "Protocol exclusion 4, PC-12, PC-13"
_KIDNEY_SOURCE = "Protocol exclusion 4, PC-13"


def liver_or_kidney(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """X4: liver enzymes beyond twice the upper limit unless caused by myositis, or creatinine beyond its limit.

    Exactly at a limit is not beyond it. ``liver_mode`` says whether one enzyme suffices or both must be raised. Tests
    older than allowed on the day of evaluation leave it open. Source: Protocol exclusion 4, PC-12, PC-13.
    """
    return any_of(_liver(facts, parameters), _kidney(facts, parameters))


def _liver(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    late = expired(
        what="The liver test",
        taken_on=facts.liver_tests_on,
        dated="liver_tests_on",
        on=facts.evaluated_on,
        max_age_days=parameters.laboratory_max_age_days,
        code="ELG-X4-LIVER",
        source=_LIVER_SOURCE,
    )
    if late is not None:
        return late
    enzymes = (
        _enzyme("GOT", "got_u_l", facts.got_u_l, parameters),
        _enzyme("GPT", "gpt_u_l", facts.gpt_u_l, parameters),
    )
    raised = any_of(*enzymes) if parameters.liver_mode == "either" else all_of(*enzymes)
    return raised if raised.verdict is Verdict.NOT_MET else all_of(raised, _not_from_myositis(facts))


def _enzyme(name: str, key: str, value: Decimal | None, parameters: EligibilityParameters) -> Finding:
    limit = parameters.liver_uln_u_l * parameters.liver_uln_multiple
    code = f"ELG-X4-{name}"
    if value is None:
        reason = Reason(code, f"{name} is missing; more than {shown(limit)} U/L excludes.", _LIVER_SOURCE)
        return found(Verdict.UNKNOWN, reason, used={key: None}, needs=(key,))
    text = f"{name} {shown(value)} U/L; more than {shown(limit)} U/L excludes."
    return found(value > limit, Reason(code, text, _LIVER_SOURCE), used={key: value})


def _not_from_myositis(facts: ScreeningFacts) -> Finding:
    """Whether the exception for inflammatory myopathy is ruled out; it holds only as the investigator attests it."""
    code, source = "ELG-X4-MYOSITIS", "Protocol exclusion 4"
    used = {"myositis_cause_attested": facts.myositis_cause_attested}
    myositis = has_myositis(facts)
    if myositis is Verdict.NOT_MET:
        return found(Verdict.MET, Reason(code, "There is no inflammatory myopathy to explain it.", source), used=used)
    if myositis is Verdict.UNKNOWN:
        reason = Reason(code, "Without the diagnosis it is open whether inflammatory myopathy explains it.", source)
        return found(Verdict.UNKNOWN, reason, used=used, needs=("ctd",))
    if facts.myositis_cause_attested:
        reason = Reason(code, "The principal investigator attests that inflammatory myopathy is the cause.", source)
        return found(Verdict.NOT_MET, reason, used=used)
    reason = Reason(code, "Whether inflammatory myopathy is the cause is not attested.", source)
    return found(Verdict.UNKNOWN, reason, used=used, needs=("myositis_cause_attested",))


def _kidney(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    creatinine = facts.creatinine or Creatinine()
    code, maximum = "ELG-X4-CREATININE", parameters.creatinine_maximum_mg_dl
    late = expired(
        what="Creatinine",
        taken_on=creatinine.collected_on,
        dated="creatinine.collected_on",
        on=facts.evaluated_on,
        max_age_days=parameters.laboratory_max_age_days,
        code=code,
        source=_KIDNEY_SOURCE,
    )
    if late is not None:
        return late
    if creatinine.value is None or creatinine.unit is None:
        missing = "Creatinine is missing" if creatinine.value is None else "Creatinine has no unit"
        reason = Reason(code, f"{missing}; more than {shown(maximum)} mg/dL excludes.", _KIDNEY_SOURCE)
        return found(Verdict.UNKNOWN, reason, used={"creatinine": creatinine.value}, needs=("creatinine",))
    mg_per_dl = creatinine_mg_per_dl(
        creatinine.value, unit=creatinine.unit, umol_per_mg_dl=parameters.creatinine_umol_per_mg_dl
    )
    text = f"Creatinine {shown(mg_per_dl)} mg/dL; more than {shown(maximum)} mg/dL excludes."
    return found(
        mg_per_dl > Fraction(maximum),
        Reason(code, text, _KIDNEY_SOURCE),
        used={"creatinine": creatinine.value, "creatinine_unit": creatinine.unit, "creatinine_mg_dl": shown(mg_per_dl)},
    )
