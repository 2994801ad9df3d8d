"""Whether a woman can become pregnant: the question before inclusions 4 and 5 and exclusion 3."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from enrollment.rules.calendar_months import completed_years, months_later
from enrollment.rules.facts import ChildbearingReason, ScreeningFacts, Sex
from enrollment.rules.finding import Finding, found
from enrollment.rules.verdict import Verdict, both, of
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_CODE = "ELG-CHILDBEARING"
_SOURCE = "PC-09"


def childbearing(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Finding:
    """Whether the participant is a woman of childbearing potential.

    She is not where a hysterectomy, oophorectomy or tubal ligation is documented, or the menopause: so many years of
    age and so many months without menses. A stated "no" without a reason that holds does not count, and a menopause
    that the dates contradict counts as potential. A stated "yes" stands whatever else is recorded. Source: PC-09.
    """
    if facts.sex is None:
        return _found(facts, Verdict.UNKNOWN, "The sex is not recorded.", ("sex",))
    if facts.sex is Sex.MALE:
        return _found(facts, Verdict.NOT_MET, "The participant is a man.")
    if facts.childbearing_potential:
        return _found(facts, Verdict.MET, "The participant is of childbearing potential.")
    reason = facts.childbearing_reason
    if reason is not None and reason is not ChildbearingReason.MENOPAUSE:
        return _found(facts, Verdict.NOT_MET, f"Not of childbearing potential: {reason.replace('_', ' ')}.")
    return _by_menopause(facts, parameters)


def is_postmenopausal(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> Verdict:
    """Old enough, and long enough without menses, on the day of evaluation; every day the dates can be must agree."""
    return both([_old_enough(facts, parameters), _amenorrhoea(facts, parameters)])


def _by_menopause(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    postmenopausal = is_postmenopausal(facts, parameters=parameters)
    years, months = parameters.menopause_minimum_age_years, parameters.menopause_amenorrhoea_months
    asked = f"{months} months without menses and {years} years of age"
    if postmenopausal is Verdict.MET:
        return _found(facts, Verdict.NOT_MET, f"Not of childbearing potential: menopause ({asked}).")
    if facts.childbearing_reason is ChildbearingReason.MENOPAUSE:
        if postmenopausal is Verdict.NOT_MET:
            return _found(facts, Verdict.MET, f"Menopause is stated, but the dates do not show {asked}.")
        return _found(facts, Verdict.UNKNOWN, f"Menopause is stated; {asked} are not shown.", _menopause_needs(facts))
    needs = ["childbearing_reason"] if facts.childbearing_potential is False else ["childbearing_potential"]
    if postmenopausal is Verdict.UNKNOWN:
        needs += _menopause_needs(facts)
    return _found(facts, Verdict.UNKNOWN, "It is not documented whether and why pregnancy is impossible.", needs)


def _old_enough(facts: ScreeningFacts, parameters: EligibilityParameters) -> Verdict:
    born, on = facts.birth_date, facts.evaluated_on
    if born is None or on is None:
        return Verdict.UNKNOWN
    return _agreed(
        completed_years(born_on=day, on=on) >= parameters.menopause_minimum_age_years
        for day in (born.earliest, born.latest)
    )


def _amenorrhoea(facts: ScreeningFacts, parameters: EligibilityParameters) -> Verdict:
    last, on = facts.last_menses_on, facts.evaluated_on
    if last is None or on is None:
        return Verdict.UNKNOWN
    return _agreed(
        months_later(day, parameters.menopause_amenorrhoea_months) <= on for day in (last.earliest, last.latest)
    )


def _agreed(answers: Iterable[bool]) -> Verdict:
    found_answers = set(answers)
    return of(found_answers.pop()) if len(found_answers) == 1 else Verdict.UNKNOWN


def _menopause_needs(facts: ScreeningFacts) -> list[str]:
    keys = ("birth_date", "last_menses_on", "evaluated_on")
    return [key for key in keys if getattr(facts, key) is None] or ["birth_date", "last_menses_on"]


def _found(facts: ScreeningFacts, verdict: Verdict, text: str, needs: Iterable[str] = ()) -> Finding:
    used: dict[str, date | str | bool | None] = {
        "sex": facts.sex,
        "childbearing_potential": facts.childbearing_potential,
        "childbearing_reason": facts.childbearing_reason,
    }
    if facts.last_menses_on is not None:
        used["last_menses_on"] = str(facts.last_menses_on)
    return found(verdict, Reason(_CODE, text, _SOURCE), used=used, needs=needs)
