"""Inclusion 1, diagnosis: the connective tissue disease."""

from __future__ import annotations

from enrollment.rules.facts import CtdDiagnosis, Diagnosis, ScreeningFacts
from enrollment.rules.finding import Finding, any_of, found
from enrollment.rules.verdict import Verdict, both, either, of
from trial.rules.decision import Reason

LISTED = frozenset({Diagnosis.DM, Diagnosis.PM, Diagnosis.SSC, Diagnosis.SLE, Diagnosis.RA, Diagnosis.SS})
MYOSITIS = frozenset({Diagnosis.DM, Diagnosis.PM, Diagnosis.IIM})

_SOURCE = "Protocol inclusion 1"


def connective_tissue_disease(facts: ScreeningFacts) -> Finding:
    """I1b: at least one diagnosis meets its criteria and is attested by the principal investigator.

    The six diseases that the protocol names, or another that the investigator attests to fall under its "such as".
    What is not attested is not known: it waits for the investigator. Source: Protocol inclusion 1, PC-14.
    """
    if facts.ctd is None:
        reason = Reason("ELG-I1B-CTD", "No connective tissue disease is recorded yet.", _SOURCE)
        return found(Verdict.UNKNOWN, reason, used={"ctd": None}, needs=("ctd",))
    if not facts.ctd:
        reason = Reason("ELG-I1B-CTD", "There is no connective tissue disease.", _SOURCE)
        return found(Verdict.NOT_MET, reason, used={"ctd": ""})
    combined = any_of(*(_diagnosis(each) for each in facts.ctd))
    names = ", ".join(each.diagnosis for each in facts.ctd)
    return Finding(combined.verdict, combined.reasons, {"ctd": names}, combined.needs)


def has_myositis(facts: ScreeningFacts) -> Verdict:
    """Whether an inflammatory myopathy that meets its criteria is diagnosed. Unknown while none is recorded."""
    if facts.ctd is None:
        return Verdict.UNKNOWN
    return either(of(each.criteria_met) for each in facts.ctd if each.diagnosis in MYOSITIS)


def _diagnosis(each: CtdDiagnosis) -> Finding:
    # An attestation that was not given may still be given: False and None both wait for the investigator.
    attested = Verdict.MET if each.attested else Verdict.UNKNOWN
    verdict = both([of(each.criteria_met), attested])
    listed = each.diagnosis in LISTED
    source = _SOURCE if listed else f"{_SOURCE}, PC-14"
    return found(verdict, Reason("ELG-I1B-CTD", _text(each, verdict, listed), source), used={}, needs=("ctd",))


def _text(each: CtdDiagnosis, verdict: Verdict, listed: bool) -> str:
    if verdict is Verdict.NOT_MET:
        return f"{each.diagnosis}: the classification criteria are not met."
    if verdict is Verdict.MET:
        return f"{each.diagnosis}: the criteria are met and attested by the principal investigator."
    if each.criteria_met is None:
        return f"{each.diagnosis}: it is not recorded whether the classification criteria are met."
    if listed:
        return f"{each.diagnosis}: the principal investigator has not attested the diagnosis."
    return (
        f"{each.diagnosis} is not named in the protocol: the principal investigator must attest that it falls under it."
    )
