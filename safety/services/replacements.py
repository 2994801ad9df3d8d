"""A subject who is no evidence gives the slot back, so that another one can fill it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from enrollment.models import Allocation, Subject
from enrollment.services import allocations
from safety.rules.evaluability import Standing
from safety.selectors.gate import Assessment, assess
from safety.services import due_reviews, withdrawals
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.services.regulated import regulated

_SOURCE = "Gate policy: non-evaluable subjects without an event are replaced; maximum_replacements_per_cohort"


def vacate_slot(*, subject: Subject, reason: str, by: User, at: datetime) -> Allocation:
    """Vacate the slot of a subject who cannot become evaluable any more. What was given and observed still counts.

    Source: gate policy, replacement; G23, G24, G35. Raises ``RuleViolation``, ``NotPermitted``.
    """
    study = subject.study
    with regulated(by=by, act="replacements.vacate_slot", study=study, reason=reason):
        require_permission(by, Permission.ALLOCATE, study=study, at=at, site=subject.site)
        allocation = (
            Allocation.objects.filter(subject=subject, vacated_at__isnull=True)
            .select_related("slot__cohort__study", "study")
            .first()
        )
        require(Decision(tuple(_unallocated(allocation))))
        assert allocation is not None  # noqa: S101  (the rule has just refused otherwise)
        cohort = allocation.slot.cohort
        require(Decision(tuple(_against(allocation, assess(cohort, at=at), reason=reason))))
        vacated = allocations.vacate(allocation=allocation, reason=reason, by=by, at=at)
        withdrawals.recheck(cohort, by=by, at=at)
        due_reviews.plan_review(cohort, by=by, at=at)
        return vacated


def _unallocated(allocation: Allocation | None) -> Iterator[Reason]:
    if allocation is None:
        yield Reason("RPL-SLOT", "This subject holds no slot.", _SOURCE)


def _against(allocation: Allocation, assessment: Assessment, *, reason: str) -> Iterator[Reason]:
    if not reason.strip():
        yield Reason("RPL-REASON", "Vacating a slot needs its reason.", _SOURCE)
    found = next(s for s in assessment.outcome.evidence.subjects if s.subject.number == allocation.subject_number)
    if found.evaluability.standing is not Standing.NOT_EVALUABLE and not _left_undosed(assessment, allocation):
        yield Reason("RPL-EVALUABLE", f"This subject keeps the slot: {found.evaluability.why}.", _SOURCE)
    replaced = sum(row.allocation.vacated_at is not None for row in assessment.rows.subjects)
    most = assessment.policy.maximum_replacements_per_cohort
    if replaced >= most:
        yield Reason("RPL-MOST", f"At most {most} subjects of a cohort are replaced.", _SOURCE)


def _left_undosed(assessment: Assessment, allocation: Allocation) -> bool:
    row = next(row for row in assessment.rows.subjects if row.allocation.pk == allocation.pk)
    left = row.subject.withdrawn_on or row.subject.lost_on or row.subject.died_at
    return left is not None and not row.started
