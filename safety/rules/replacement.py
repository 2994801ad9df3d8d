"""Whether a subject gives the slot back to be replaced."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.rules.allocation import Cap
from safety.rules.evaluability import Evaluability, Standing
from trial.rules.decision import Decision, Reason

_SOURCE = "Gate policy: non-evaluable subjects without an event are replaced; maximum_replacements_per_cohort"
_CAP = "Protocol, enrolment (PC-02)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementFacts:
    """``evaluability`` None: the subject holds no slot. ``in_cohort``, ``in_study``: slots that were given back."""

    evaluability: Evaluability | None
    in_cohort: Cap
    in_study: Cap
    reason: str


def may_vacate(facts: ReplacementFacts) -> Decision:
    """Every reason against vacating the slot. Who had an event that counts is evaluable, and stays.

    Source: gate policy, replacement; G23, G24, G25, G35; PC-02.
    """
    if facts.evaluability is None:
        return Decision((Reason("RPL-SLOT", "This subject holds no slot.", _SOURCE),))
    return Decision.of([_reason(facts), _evaluable(facts.evaluability), _in_cohort(facts), _in_study(facts)])


def _reason(facts: ReplacementFacts) -> Reason | None:
    return None if facts.reason.strip() else Reason("RPL-REASON", "Vacating a slot needs its reason.", _SOURCE)


def _evaluable(found: Evaluability) -> Reason | None:
    if found.standing is Standing.NOT_EVALUABLE:
        return None
    return Reason("RPL-EVALUABLE", f"This subject keeps the slot: {found.why}.", _SOURCE)


def _in_cohort(facts: ReplacementFacts) -> Reason | None:
    if not facts.in_cohort.is_reached:
        return None
    return Reason("RPL-MOST", f"At most {facts.in_cohort.most} subjects of a cohort are replaced.", _SOURCE)


def _in_study(facts: ReplacementFacts) -> Reason | None:
    if not facts.in_study.is_reached:
        return None
    message = f"At most {facts.in_study.most} subjects of the study are replaced: its cap leaves no more."
    return Reason("RPL-TOTAL", message, _CAP)
