"""Inclusion 2: the three ways in which an interstitial lung disease qualifies."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.rules.calendar_months import months_later
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, all_of, any_of, found, statement
from enrollment.rules.lung_decline import LookBack, dlco_decline, fvc_decline, lesions_enlarged
from enrollment.rules.treatment import high_dose_steroid, treated_longer_than
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_C_SOURCE = "Protocol inclusion 2, PC-15"


@dataclass(frozen=True, slots=True)
class LungDisease:
    """A: refractory or progressive fibrotic. B: rapidly progressive. C: rapidly worsening. One of them suffices."""

    a: Finding
    b: Finding
    c: Finding

    @property
    def any(self) -> Finding:
        """I2. Source: Protocol inclusion 2."""
        return any_of(self.a, self.b, self.c)


def lung_disease(facts: ScreeningFacts, *, parameters: EligibilityParameters) -> LungDisease:
    """The three pathways of inclusion 2, each judged by itself. Source: Protocol inclusion 2, PC-15 to PC-18."""
    return LungDisease(
        a=_refractory(facts, parameters), b=_rapidly_progressive(facts, parameters), c=_worsening(facts, parameters)
    )


def _refractory(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    look_back = LookBack(parameters.a_reference_minimum_months, parameters.a_reference_maximum_months)
    fvc = fvc_decline(facts, look_back=look_back, parameters=parameters)
    dlco = dlco_decline(facts, look_back=look_back, parameters=parameters)
    low, high = parameters.a_fvc_decline_lower_percent, parameters.a_fvc_decline_percent
    return all_of(
        treated_longer_than(
            facts,
            months=parameters.a_overlap_months,
            started_on=facts.overlap_started_on,
            key="overlap_started_on",
        ),
        any_of(
            fvc.more_than(high),
            all_of(fvc.between(low, high), dlco.more_than(parameters.a_dlco_decline_percent)),
            lesions_enlarged(facts, parameters=parameters),
        ),
    )


def _rapidly_progressive(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    look_back = LookBack(parameters.b_reference_minimum_months)
    own = facts.pathway_b_overlap_started_on
    return all_of(
        high_dose_steroid(facts, parameters=parameters),
        treated_longer_than(
            facts,
            months=parameters.b_overlap_months,
            started_on=facts.overlap_started_on if own is None else own,
            key="overlap_started_on" if own is None else "pathway_b_overlap_started_on",
        ),
        any_of(
            fvc_decline(facts, look_back=look_back, parameters=parameters).more_than(parameters.b_fvc_decline_percent),
            dlco_decline(facts, look_back=look_back, parameters=parameters).more_than(
                parameters.b_dlco_decline_percent
            ),
            lesions_enlarged(facts, parameters=parameters),
        ),
    )


def _worsening(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    dyspnea, oxygen = _dyspnea(facts), _oxygen(facts)
    enlarged = lesions_enlarged(facts, parameters=parameters)
    if parameters.c_parse == "dyspnea_and_oxygen_or_ct":
        worse = any_of(all_of(dyspnea, oxygen), enlarged)
    else:
        worse = all_of(dyspnea, any_of(oxygen, enlarged))
    return all_of(_recent_onset(facts, parameters), worse)


def _recent_onset(facts: ScreeningFacts, parameters: EligibilityParameters) -> Finding:
    """Within so many calendar months before the evaluation, both ends included."""
    code, key, months = "ELG-I2-ONSET", "symptom_onset_on", parameters.c_onset_months
    onset_on, on = facts.symptom_onset_on, facts.evaluated_on
    used = {key: onset_on, "evaluated_on": on}
    missing = tuple(name for name, value in used.items() if value is None)
    if onset_on is None or on is None:
        reason = Reason(code, f"The onset of lung symptoms is not dated; within {months} month(s) counts.", _C_SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=missing)
    if onset_on > on:
        reason = Reason(code, f"The onset of lung symptoms on {onset_on} is after the evaluation on {on}.", _C_SOURCE)
        return found(Verdict.UNKNOWN, reason, used=used, needs=(key,))
    text = f"Lung symptoms since {onset_on}, evaluated on {on}; onset within {months} month(s) is asked for."
    return found(months_later(onset_on, months) >= on, Reason(code, text, _C_SOURCE), used=used)


def _dyspnea(facts: ScreeningFacts) -> Finding:
    return statement(
        facts.dyspnea_worsening,
        key="dyspnea_worsening",
        code="ELG-I2-DYSPNEA",
        texts=(
            "Dyspnea is gradually worsening.",
            "Dyspnea is not worsening.",
            "Whether dyspnea is worsening is not recorded.",
        ),
        source=_C_SOURCE,
    )


def _oxygen(facts: ScreeningFacts) -> Finding:
    return statement(
        facts.oxygen_decreased,
        key="oxygen_decreased",
        code="ELG-I2-OXYGEN",
        texts=(
            "Blood oxygen is decreased.",
            "Blood oxygen is not decreased.",
            "Whether blood oxygen is decreased is not recorded.",
        ),
        source=_C_SOURCE,
    )
