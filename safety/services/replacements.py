"""A subject who is no evidence gives the slot back, so that another one can fill it."""

from __future__ import annotations

from datetime import datetime

from enrollment.models import Allocation, Subject
from enrollment.services import allocations
from safety.selectors.replacements import replacement_of
from safety.services import due_reviews, withdrawals
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


def vacate_slot(*, subject: Subject, reason: str, by: User, at: datetime) -> Allocation:
    """Vacate the slot of a subject who cannot become evaluable any more. What was given and observed still counts.

    Source: gate policy, replacement; G23, G24, G25, G35. Raises ``RuleViolation``, ``NotPermitted``.
    """
    study = subject.study
    with regulated(by=by, act="replacements.vacate_slot", study=study, reason=reason):
        require_permission(by, Permission.ALLOCATE, study=study, at=at, site=subject.site)
        found = replacement_of(subject, at=at)
        require(found.against(reason=reason))
        assert found.allocation is not None  # noqa: S101  (the rule has just refused otherwise)
        vacated = allocations.vacate(allocation=found.allocation, reason=reason, by=by, at=at)
        cohort = found.allocation.slot.cohort
        withdrawals.recheck(cohort, by=by, at=at)
        due_reviews.plan_review(cohort, by=by, at=at)
        return vacated
