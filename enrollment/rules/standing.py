"""How long the results that a verdict rests on stay valid, and until when the verdict stands on them.

Asked again on the day of the first infusion. Pregnancy test and laboratory are taken anew for each infusion, and are
judged there with hours (dosing guard); the tests of screening are not, and are judged here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from enrollment.rules.eligibility import Overall, evaluate
from enrollment.rules.facts import Creatinine, PregnancyTest, ScreeningFacts
from trial.protocol.schema import EligibilityParameters


class Expiring(StrEnum):
    """Results that expire."""

    LUNG_FUNCTION = "lung_function"
    CT = "ct"
    PREGNANCY = "pregnancy"
    LIVER = "liver"
    CREATININE = "creatinine"
    HIV = "hiv"


AT_FIRST_INFUSION = {Expiring.LUNG_FUNCTION: "pft_current_on", Expiring.CT: "ct_current_on", Expiring.HIV: "hiv_on"}
"""Results of screening that nobody takes again before an infusion, each with the fact that dates it."""


@dataclass(frozen=True, slots=True)
class Validity:
    """``valid_until``: the last day on which it counts."""

    what: Expiring
    taken_on: date
    valid_until: date

    def is_over(self, *, on: date) -> bool:
        return on > self.valid_until


def validities(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> tuple[Validity, ...]:
    """Every dated result that is on file, in the order of the protocol. Source: Protocol, validity of results."""
    laboratory = parameters.laboratory_max_age_days
    pregnancy_on = (facts.pregnancy_test or PregnancyTest()).collected_on
    dated = (
        (Expiring.LUNG_FUNCTION, facts.pft_current_on, parameters.current_pft_max_age_days),
        (Expiring.CT, facts.ct_current_on, parameters.current_ct_max_age_days),
        (Expiring.PREGNANCY, pregnancy_on, _pregnancy_days(facts, parameters)),
        (Expiring.LIVER, facts.liver_tests_on, laboratory),
        (Expiring.CREATININE, (facts.creatinine or Creatinine()).collected_on, laboratory),
        (Expiring.HIV, facts.hiv_on, parameters.infection_screen_max_age_days),
    )
    return tuple(Validity(what, on, on + timedelta(days=days)) for what, on, days in dated if on is not None)


def stands_until(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> date | None:
    """The last day on which an eligible participant may receive the first infusion on these results of screening.

    A result that expires matters only if the verdict needs it: who qualifies by lung function needs no newer CT. One
    without its date is taken as valid on the day of evaluation, and expires as if it were of that day. None: nothing
    that the verdict rests on expires, or it is not "eligible". Source: Protocol, validity of results.
    """
    if facts.evaluated_on is None or evaluate(facts, parameters=parameters).overall is not Overall.ELIGIBLE:
        return None
    undated = {key: facts.evaluated_on for key in AT_FIRST_INFUSION.values() if getattr(facts, key) is None}
    dated = replace(facts, **undated)  # type: ignore[arg-type]  # dates by name
    expiring = [each for each in validities(dated, parameters=parameters) if each.what in AT_FIRST_INFUSION]
    for last in sorted({each.valid_until for each in expiring if each.valid_until >= facts.evaluated_on}):
        over = [each for each in expiring if each.valid_until <= last]
        if evaluate(_expired(facts, over), parameters=parameters).overall is not Overall.ELIGIBLE:
            return last
    return None


def _expired(facts: ScreeningFacts, over: list[Validity]) -> ScreeningFacts:
    """The same facts with these results as much too old as they will be on the day after they expired."""
    changes = {}
    for each in over:
        age = each.valid_until - each.taken_on + timedelta(days=1)
        changes[AT_FIRST_INFUSION[each.what]] = (facts.evaluated_on or each.taken_on) - age
    return replace(facts, **changes)  # type: ignore[arg-type]  # dates by name


def _pregnancy_days(facts: ScreeningFacts, parameters: EligibilityParameters) -> int:
    if facts.planned_first_infusion_on is not None:
        return parameters.pregnancy_test_max_age_days
    return parameters.pregnancy_test_screening_max_age_days
