"""Classification criteria by which a connective tissue disease was diagnosed: published sets, each with its year."""

from __future__ import annotations

from enum import StrEnum

from enrollment.rules.diagnosis import LISTED, MYOSITIS
from enrollment.rules.facts import Diagnosis


class CriteriaSet(StrEnum):
    SSC_2013 = "acr_eular_2013_ssc"
    SLE_2019 = "eular_acr_2019_sle"
    RA_2010 = "acr_eular_2010_ra"
    SS_2016 = "acr_eular_2016_ss"
    IIM_2017 = "eular_acr_2017_iim"
    OTHER = "other"


_CLASSIFIES: dict[CriteriaSet, frozenset[Diagnosis]] = {
    CriteriaSet.SSC_2013: frozenset({Diagnosis.SSC}),
    CriteriaSet.SLE_2019: frozenset({Diagnosis.SLE}),
    CriteriaSet.RA_2010: frozenset({Diagnosis.RA}),
    CriteriaSet.SS_2016: frozenset({Diagnosis.SS}),
    CriteriaSet.IIM_2017: MYOSITIS,
}


def classifies(criteria_set: CriteriaSet, diagnosis: Diagnosis) -> bool:
    """Whether this set can be the one for this diagnosis; for one that the protocol does not name any can."""
    if diagnosis is Diagnosis.OTHER:
        return True
    return diagnosis in _CLASSIFIES.get(criteria_set, frozenset(Diagnosis))


def needs_attestation_text(diagnosis: Diagnosis) -> bool:
    """A disease that the protocol does not name falls under its "such as" only in the investigator's own words.

    Source: Protocol inclusion 1, PC-14.
    """
    return diagnosis not in LISTED
