"""Exclusion 1: informed consent."""

from __future__ import annotations

from enrollment.rules.facts import ConsentFacts, ConsentStanding, ScreeningFacts
from enrollment.rules.finding import Finding, found
from enrollment.rules.verdict import Verdict
from trial.rules.decision import Reason

_SOURCE = "Protocol exclusion 1, PC-19"


def unwilling_to_consent(facts: ScreeningFacts) -> Finding:
    """X1: excluded is who refuses. Not excluded is who signed the approved version before any procedure of the study.

    A wrong version, or a signature after a procedure, leaves it open and is a deviation. Source: Protocol exclusion 1.
    """
    consent = facts.consent or ConsentFacts()
    verdict, code, text = _consent(consent)
    return found(verdict, Reason(code, text, _SOURCE), used={"consent": consent.status}, needs=("consent",))


def _consent(consent: ConsentFacts) -> tuple[Verdict, str, str]:
    if consent.status is None:
        return Verdict.UNKNOWN, "ELG-X1-MISSING", "The state of consent is not recorded."
    if consent.status is ConsentStanding.REFUSED:
        return Verdict.MET, "ELG-X1-REFUSED", "Consent was refused after the explanation by the physician."
    if consent.status is ConsentStanding.NOT_YET:
        return Verdict.UNKNOWN, "ELG-X1-NOT-YET", "Consent is not signed yet."
    return _signed(consent)


def _signed(consent: ConsentFacts) -> tuple[Verdict, str, str]:
    if consent.version_approved is False:
        return (
            Verdict.UNKNOWN,
            "ELG-X1-VERSION",
            "The signed version is not the approved one: sign the approved version and record a deviation.",
        )
    if consent.before_procedures is False:
        return (
            Verdict.UNKNOWN,
            "ELG-X1-AFTER-PROCEDURE",
            "Consent was signed after a procedure of the study had begun: record a deviation and clarify.",
        )
    if consent.version_approved is None or consent.before_procedures is None:
        text = "It is not recorded whether the approved version was signed, and before any procedure of the study."
        return Verdict.UNKNOWN, "ELG-X1-INCOMPLETE", text
    return Verdict.NOT_MET, "ELG-X1-SIGNED", "The approved version was signed before any procedure of the study."
