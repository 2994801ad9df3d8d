"""What a loss to follow-up, or being found again, would do at the gate: the same rules on changed facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from enrollment.models import Allocation, Subject
from safety.rules.evaluability import Evaluability
from safety.rules.gate import evaluate_gate
from safety.rules.outcome import Verdict
from safety.selectors.gate import Assessment, assess
from safety.selectors.replacements import evaluability_of
from safety.selectors.withdrawing import against_permission, clearance_given


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPreview:
    """``closes``: the number of the cohort whose opening would be withdrawn; None: of none."""

    cohort: int
    now: Evaluability
    then: Evaluability
    result_now: Verdict
    result_then: Verdict
    closes: int | None


def if_lost(subject: Subject, *, lost_on: date | None, at: datetime) -> LossPreview | None:
    """The subject's standing with that day of loss; ``lost_on`` None: found again. Nothing is written.

    None for who holds no slot: the gate does not count them.
    """
    allocation = Allocation.objects.filter(subject=subject).select_related("slot__cohort__study").first()
    if allocation is None or allocation.vacated_at is not None:
        return None
    before = assess(allocation.slot.cohort, at=at)
    after = _with_loss(before, allocation.subject_number, lost_on)
    found = clearance_given(after.rows)
    closes = found is not None and bool(against_permission(after, found))
    return LossPreview(
        cohort=before.rows.cohort.number,
        now=evaluability_of(allocation, before),
        then=evaluability_of(allocation, after),
        result_now=before.result.result,
        result_then=after.result.result,
        closes=found.cohort.number if found is not None and closes else None,
    )


def _with_loss(before: Assessment, number: int, lost_on: date | None) -> Assessment:
    subjects = tuple(
        replace(known, lost_on=lost_on) if known.number == number else known for known in before.facts.subjects
    )
    facts = replace(before.facts, subjects=subjects)
    result = evaluate_gate(
        facts, policy=before.policy, cohort=before.rows.plan, timezone=before.timezone, as_of=before.at
    )
    return replace(before, facts=facts, result=result)
