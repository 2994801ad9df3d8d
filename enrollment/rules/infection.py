"""Exclusion 5: immune deficiency and notifiable infectious disease."""

from __future__ import annotations

from enrollment.rules.facts import HivResult, ScreeningFacts
from enrollment.rules.finding import Finding, any_of, found, statement
from enrollment.rules.validity import expired
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_SOURCE = "Protocol exclusion 5"


def immune_deficiency(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """X5: HIV infection, another immune deficiency, or an active notifiable infectious disease.

    Immunosuppressive treatment is no immune deficiency here, since inclusion 2 asks for it. Past disease counts only
    where ``history_counts`` says so; the investigator's statement is then made about past disease too.
    Source: Protocol exclusion 5, PC-20.
    """
    disease = "active or past" if parameters.history_counts else "active"
    return any_of(
        _hiv(facts, parameters),
        statement(
            facts.immunodeficiency,
            key="immunodeficiency",
            code="ELG-X5-DEFICIENCY",
            texts=(
                "There is a primary or secondary immune deficiency.",
                "There is no other immune deficiency.",
                "It is not recorded whether there is another immune deficiency.",
            ),
            source=_SOURCE,
        ),
        statement(
            facts.active_notifiable_disease,
            key="active_notifiable_disease",
            code="ELG-X5-NOTIFIABLE",
            texts=(
                f"There is an {disease} notifiable infectious disease.",
                f"The principal investigator attests that there is no {disease} notifiable infectious disease.",
                f"It is not attested that there is no {disease} notifiable infectious disease.",
            ),
            source=f"{_SOURCE}, PC-20",
        ),
    )


def _hiv(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    if facts.hiv is HivResult.NEGATIVE:
        late = expired(
            what="The HIV test",
            taken_on=facts.hiv_on,
            dated="hiv_on",
            on=facts.evaluated_on,
            max_age_days=parameters.infection_screen_max_age_days,
            code="ELG-X5-HIV",
            source=_SOURCE,
        )
        if late is not None:
            return late
    verdict, text = {
        None: (Verdict.UNKNOWN, "The HIV test is missing."),
        HivResult.NEGATIVE: (Verdict.NOT_MET, "The HIV test is negative."),
        HivResult.REACTIVE: (Verdict.UNKNOWN, "The HIV screening test is reactive; the confirmatory test is pending."),
        HivResult.CONFIRMED: (Verdict.MET, "HIV infection is confirmed."),
    }[facts.hiv]
    return found(verdict, Reason("ELG-X5-HIV", text, _SOURCE), used={"hiv": facts.hiv}, needs=("hiv",))
