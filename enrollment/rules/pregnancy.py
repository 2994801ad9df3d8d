"""Inclusion 4, the pregnancy test, and exclusion 3."""

from __future__ import annotations

from datetime import date

from enrollment.rules.childbearing import childbearing, is_postmenopausal
from enrollment.rules.facts import Contraception, PregnancyTest, PregnancyTestResult, ScreeningFacts, Sex
from enrollment.rules.finding import Finding, all_of, any_of, found
from enrollment.rules.validity import expired
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_I4_SOURCE = "Protocol inclusion 4, PC-09"
_X3_SOURCE = "Protocol exclusion 3, PC-11"


def negative_pregnancy_test(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """I4: a negative urine test, not applicable where the participant cannot become pregnant.

    With a planned first infusion the test lies at most ``pregnancy_test_max_age_days`` before it, otherwise at most
    ``pregnancy_test_screening_max_age_days`` before the evaluation. A positive test of a woman always counts, whatever
    is documented about her childbearing potential. Source: Protocol inclusion 4, PC-09.
    """
    potential = childbearing(facts, parameters=parameters)
    test = _test(facts, parameters)
    if facts.sex is None:
        return potential
    if facts.sex is Sex.FEMALE and test.verdict is Verdict.NOT_MET:
        return test
    if potential.verdict is Verdict.NOT_MET:
        return Finding(Verdict.NOT_APPLICABLE, potential.reasons, potential.used)
    # A valid negative test settles it for every woman: met if she could be pregnant, not applicable if not.
    return test if test.is_met else all_of(potential, test)


def pregnant_or_unprotected(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """X3: a woman who is pregnant, breastfeeds, or could become pregnant and uses no contraception.

    Source: Protocol exclusion 3, PC-11.
    """
    if facts.sex is Sex.MALE:
        reason = Reason("ELG-X3-MAN", "The participant is a man.", _X3_SOURCE)
        return found(Verdict.NOT_APPLICABLE, reason, used={"sex": facts.sex})
    if facts.sex is None:
        reason = Reason("ELG-X3-SEX", "The sex is not recorded.", _X3_SOURCE)
        return found(Verdict.UNKNOWN, reason, used={"sex": None}, needs=("sex",))
    potential = childbearing(facts, parameters=parameters)
    return any_of(
        _pregnant(facts, potential, parameters),
        _breastfeeding(facts, parameters),
        all_of(potential, _without_contraception(facts)),
    )


def _test(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    test = facts.pregnancy_test or PregnancyTest()
    if test.result is PregnancyTestResult.NEGATIVE:
        late = _expired_test(test.collected_on, facts, parameters)
        if late is not None:
            return late
    verdict, text = {
        None: (Verdict.UNKNOWN, "The pregnancy test is missing."),
        PregnancyTestResult.NEGATIVE: (Verdict.MET, "The pregnancy test is negative."),
        PregnancyTestResult.POSITIVE: (Verdict.NOT_MET, "The pregnancy test is positive."),
        PregnancyTestResult.INVALID: (Verdict.UNKNOWN, "The pregnancy test is invalid and must be repeated."),
    }[test.result]
    used = {"pregnancy_test": test.result, "pregnancy_test.collected_on": test.collected_on}
    return found(verdict, Reason("ELG-I4-TEST", text, _I4_SOURCE), used=used, needs=("pregnancy_test",))


def _expired_test(
    collected_on: date | None, facts: ScreeningFacts, parameters: EligibilityParameters
) -> Finding | None:
    """Judged on the planned first infusion; without one, and against the future, on the day of evaluation.

    A plan that has passed makes no test younger: the infusion is still to come, today at the soonest.
    """
    planned_on, on = facts.planned_first_infusion_on, facts.evaluated_on
    on_key, judged_on, max_age_days = "evaluated_on", on, parameters.pregnancy_test_screening_max_age_days
    is_future = collected_on is not None and on is not None and collected_on > on
    if planned_on is not None and not is_future:
        max_age_days = parameters.pregnancy_test_max_age_days
        if on is None or planned_on >= on:
            on_key, judged_on = "planned_first_infusion_on", planned_on
    return expired(
        on_key=on_key,
        what="The pregnancy test",
        taken_on=collected_on,
        dated="pregnancy_test.collected_on",
        on=judged_on,
        max_age_days=max_age_days,
        code="ELG-I4-EXPIRED",
        source=_I4_SOURCE,
    )


def _pregnant(facts: ScreeningFacts, potential: Finding, parameters: EligibilityParameters) -> Finding:
    code, used = "ELG-X3-PREGNANT", {"pregnant": facts.pregnant}
    test = _test(facts, parameters)
    if facts.pregnant or test.verdict is Verdict.NOT_MET:
        return found(Verdict.MET, Reason(code, "The participant is pregnant.", _X3_SOURCE), used=used)
    if facts.pregnant is False or test.is_met or potential.verdict is Verdict.NOT_MET:
        return found(Verdict.NOT_MET, Reason(code, "The participant is not pregnant.", _X3_SOURCE), used=used)
    reason = Reason(code, "Whether the participant is pregnant is not known.", _X3_SOURCE)
    return found(Verdict.UNKNOWN, reason, used=used, needs=("pregnant", "pregnancy_test"))


def _breastfeeding(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    code, used = "ELG-X3-BREASTFEEDING", {"breastfeeding": facts.breastfeeding}
    if facts.breastfeeding:
        return found(Verdict.MET, Reason(code, "The participant is breastfeeding.", _X3_SOURCE), used=used)
    if facts.breastfeeding is False or is_postmenopausal(facts, parameters=parameters) is Verdict.MET:
        return found(Verdict.NOT_MET, Reason(code, "The participant is not breastfeeding.", _X3_SOURCE), used=used)
    reason = Reason(code, "Whether the participant is breastfeeding is not recorded.", _X3_SOURCE)
    return found(Verdict.UNKNOWN, reason, used=used, needs=("breastfeeding",))


def _without_contraception(facts: ScreeningFacts) -> Finding:
    code, contraception = "ELG-X3-CONTRACEPTION", facts.contraception or Contraception()
    used = {"contraception": contraception.method}
    if contraception.agreed is False:
        text = "The participant does not agree to use contraception."
        return found(Verdict.MET, Reason(code, text, _X3_SOURCE), used=used)
    if contraception.method is not None:
        text = f"Contraception is used: {contraception.method.replace('_', ' ')}."
        return found(Verdict.NOT_MET, Reason(code, text, _X3_SOURCE), used=used)
    reason = Reason(code, "The method of contraception is not recorded.", _X3_SOURCE)
    return found(Verdict.UNKNOWN, reason, used=used, needs=("contraception",))
