"""Exclusion 2: improvement under treatment, and the two ways of reading the sentence."""

from __future__ import annotations

from fractions import Fraction

from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, all_of, any_of, found, shown, statement
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_SOURCE = "Protocol exclusion 2, PC-08"


def improvement(facts: ScreeningFacts, *, parameters: EligibilityParameters, progressive: Verdict) -> Finding:
    """X2b: lung function or CT improved after so many months of steroid and immunosuppressant, or more.

    The principal investigator decides on the improvement. ``progressive`` is pathway A of inclusion 2: met together
    with an improvement it is a contradiction, which the reasons then name. Source: Protocol exclusion 2, PC-08.
    """
    improved = all_of(_improved(facts), _treated_long_enough(facts, parameters))
    if improved.verdict is not Verdict.MET or progressive is not Verdict.MET:
        return improved
    conflict = Reason(
        "ELG-X2B-CONFLICT",
        "Lung function or CT improved, and pathway A finds a decline: the principal investigator must decide which "
        "assessment is the latest.",
        _SOURCE,
    )
    return Finding(improved.verdict, (*improved.reasons, conflict), improved.used)


def exclusion_2(age_outside: Finding, improved: Finding, *, parameters: EligibilityParameters) -> Finding:
    """X2 as in force: two exclusions (``split``), or age and improvement together (``literal``). Source: PC-08."""
    if parameters.x2_mode == "split":
        return any_of(age_outside, improved)
    return all_of(age_outside, improved)


def _improved(facts: ScreeningFacts) -> Finding:
    return statement(
        facts.improvement_after_treatment,
        key="improvement_after_treatment",
        code="ELG-X2B-IMPROVEMENT",
        texts=(
            "Lung function or lung lesions improved under steroids and immunosuppressants.",
            "Neither lung function nor lung lesions improved under steroids and immunosuppressants.",
            "The principal investigator has not decided whether lung function or lung lesions improved.",
        ),
        source=_SOURCE,
    )


def _treated_long_enough(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    code, key, required = "ELG-X2B-MONTHS", "improvement_treatment_months", parameters.x2_improvement_months
    months = facts.improvement_treatment_months
    if months is None:
        text = f"It is not recorded after how many months of treatment; {required} or more count."
        return found(Verdict.UNKNOWN, Reason(code, text, _SOURCE), used={key: None}, needs=(key,))
    text = f"Judged after {shown(months)} months of treatment; {required} or more count."
    return found(Fraction(months) >= required, Reason(code, text, _SOURCE), used={key: months})
