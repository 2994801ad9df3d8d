"""Allocation of an eligible subject to the next slot in order."""

from __future__ import annotations

from datetime import datetime

from enrollment.events import SlotVacated, SubjectAllocated
from enrollment.models import Allocation, Subject
from enrollment.rules.allocation import may_allocate
from enrollment.rules.states import SubjectState
from enrollment.selectors.allocation import allocation_facts, next_slot
from enrollment.services.states import advance
from trial.errors import require
from trial.events import publish
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


def allocate(*, subject: Subject, by: User, at: datetime, order_reason: str = "") -> Allocation:
    """Give the next slot in order to this subject. Of two at once exactly one gets the last slot; the other, the
    reason.

    ``order_reason``: why this subject comes before those who wait longer. Kept with their codes; not needed, and not
    kept, where nobody does. Source: Protocol, cohorts; decision 7. Raises ``RuleViolation``, ``NotPermitted``.
    """
    study = subject.study
    with regulated(by=by, act="allocations.allocate", study=study, reason=order_reason):
        require_permission(by, Permission.ALLOCATE, study=study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "protocol_version", "study").get(pk=subject.pk)
        facts = allocation_facts(subject, at=at, order_reason=order_reason)
        require(may_allocate(facts))
        slot = next_slot(study)
        # The rule has just refused otherwise, under the lock.
        assert slot is not None and facts.next_number is not None  # noqa: S101, PT018
        allocation = Allocation.objects.create(
            study=study,
            subject=subject,
            slot=slot,
            subject_number=facts.next_number,
            allocated_at=at,
            allocated_by=by,
            passed_over=list(facts.ahead),
            order_reason=order_reason.strip() if facts.ahead else "",
        )
        advance(subject, SubjectState.ALLOCATED)
        publish(SubjectAllocated(allocation=allocation, by=by, at=at))
        return allocation


def vacate(*, allocation: Allocation, reason: str, by: User, at: datetime) -> Allocation:
    """Free a slot for a replacement. Asked for from above, where it is known that the subject is not evaluable."""
    with regulated(by=by, act="allocations.vacate", study=allocation.study, reason=reason):
        allocation = Allocation.objects.select_related("study", "slot__cohort").get(pk=allocation.pk)
        allocation.vacated_at = at
        allocation.vacated_reason = reason
        allocation.save(update_fields=["vacated_at", "vacated_reason"])
        publish(SlotVacated(allocation=allocation, by=by, at=at))
        return allocation
