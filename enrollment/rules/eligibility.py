"""Whether a participant may be enrolled: every criterion of the protocol, each with its reasons, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from enrollment.rules.age import age_outside, age_within
from enrollment.rules.consent import unwilling_to_consent
from enrollment.rules.contraception import contraception_agreed
from enrollment.rules.diagnosis import connective_tissue_disease
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, Used, unique
from enrollment.rules.improvement import exclusion_2, improvement
from enrollment.rules.infection import immune_deficiency
from enrollment.rules.laboratory import liver_or_kidney
from enrollment.rules.lung_disease import LungDisease, lung_disease
from enrollment.rules.pregnancy import negative_pregnancy_test, pregnant_or_unprotected
from enrollment.rules.support import family_support
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason


class Criterion(StrEnum):
    """The criteria in their order. X2a and X2b are the two halves of X2; X2 is the reading that is in force."""

    I1A = "I1a"
    I1B = "I1b"
    I2 = "I2"
    I3 = "I3"
    I4 = "I4"
    I5 = "I5"
    X1 = "X1"
    X2A = "X2a"
    X2B = "X2b"
    X2 = "X2"
    X3 = "X3"
    X4 = "X4"
    X5 = "X5"


INCLUSIONS = frozenset({Criterion.I1A, Criterion.I1B, Criterion.I2, Criterion.I3, Criterion.I4, Criterion.I5})
EXCLUSIONS = frozenset({Criterion.X1, Criterion.X2, Criterion.X3, Criterion.X4, Criterion.X5})
"""The exclusions that decide. The halves of exclusion 2 are shown, and decide through it."""


class Overall(StrEnum):
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """A criterion. For an exclusion MET means excluded. ``needs``: facts that would settle it, empty unless unknown."""

    code: Criterion
    result: Verdict
    used: Used
    reasons: tuple[Reason, ...]
    needs: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether this criterion alone keeps the participant out."""
        if self.code in INCLUSIONS:
            return self.result is Verdict.NOT_MET
        return self.code in EXCLUSIONS and self.result is Verdict.MET

    @property
    def passes(self) -> bool:
        """Whether this criterion lets the participant in; halves of exclusion 2 never stand in the way themselves."""
        if self.code in INCLUSIONS:
            return self.result in (Verdict.MET, Verdict.NOT_APPLICABLE)
        return self.code not in EXCLUSIONS or self.result in (Verdict.NOT_MET, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class EligibilityVerdict:
    """The computed eligibility. It is not enrolment: that takes the principal investigator's signature on it."""

    overall: Overall
    criteria: tuple[CriterionResult, ...]
    pathways: Mapping[str, Verdict]

    def criterion(self, code: Criterion) -> CriterionResult:
        return next(each for each in self.criteria if each.code is code)

    @property
    def failing(self) -> tuple[CriterionResult, ...]:
        """All criteria that keep the participant out, in order; the first is the first for the screening log."""
        return tuple(each for each in self.criteria if each.fails)

    @property
    def needs(self) -> tuple[str, ...]:
        """Every fact that an undecided criterion waits for."""
        return unique(key for each in self.criteria if not each.passes for key in each.needs)


def evaluate(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> EligibilityVerdict:
    """Every criterion on the facts known, and what follows from all of them.

    Ineligible: any inclusion is not met or any exclusion is, even where others are unknown. Eligible: every inclusion
    is met or not applicable and every exclusion is not met or not applicable. Pending: anything else. Numbers are
    compared exact and un-rounded; nothing can waive a criterion. Source: Protocol, eligibility criteria.
    """
    disease = lung_disease(facts, parameters=parameters)
    findings = _findings(facts, disease, parameters)
    criteria = tuple(
        CriterionResult(code, each.verdict, each.used, each.reasons, each.needs) for code, each in findings.items()
    )
    pathways = {"A": disease.a.verdict, "B": disease.b.verdict, "C": disease.c.verdict}
    return EligibilityVerdict(_overall(criteria), criteria, pathways)


def _findings(
    facts: ScreeningFacts, disease: LungDisease, parameters: EligibilityParameters
) -> dict[Criterion, Finding]:
    outside = age_outside(facts, parameters=parameters)
    improved = improvement(facts, parameters=parameters, progressive=disease.a.verdict)
    return {
        Criterion.I1A: age_within(facts, parameters=parameters),
        Criterion.I1B: connective_tissue_disease(facts),
        Criterion.I2: disease.any,
        Criterion.I3: family_support(facts),
        Criterion.I4: negative_pregnancy_test(facts, parameters=parameters),
        Criterion.I5: contraception_agreed(facts, parameters=parameters),
        Criterion.X1: unwilling_to_consent(facts),
        Criterion.X2A: outside,
        Criterion.X2B: improved,
        Criterion.X2: exclusion_2(outside, improved, parameters=parameters),
        Criterion.X3: pregnant_or_unprotected(facts, parameters=parameters),
        Criterion.X4: liver_or_kidney(facts, parameters=parameters),
        Criterion.X5: immune_deficiency(facts, parameters=parameters),
    }


def _overall(criteria: tuple[CriterionResult, ...]) -> Overall:
    if any(each.fails for each in criteria):
        return Overall.INELIGIBLE
    return Overall.ELIGIBLE if all(each.passes for each in criteria) else Overall.PENDING
