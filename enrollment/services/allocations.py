"""Allocation of an eligible subject to the next slot in order."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from enrollment.events import SubjectAllocated
from enrollment.models import Allocation, Subject
from enrollment.rules.allocation import may_allocate
from enrollment.rules.states import SubjectState
from enrollment.selectors.allocation import allocation_facts, next_slot
from enrollment.services.states import advance
from trial.errors import require
from trial.events import publish
from trial.models import Slot, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


def allocate(*, subject: Subject, by: User, at: datetime) -> Allocation:
    """Give the next slot in order to this subject. Of two at once exactly one gets the last slot; the other, the
    reason.

    Source: Protocol, cohorts; decision 7. Raises ``RuleViolation``, ``NotPermitted``.
    """
    study = subject.study
    with regulated(by=by, act="allocations.allocate", study=study):
        require_permission(by, Permission.ALLOCATE, study=study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "protocol_version", "study").get(pk=subject.pk)
        require(may_allocate(allocation_facts(subject, at=at)))
        slot = next_slot(study)
        assert slot is not None  # noqa: S101  (the rule has just refused otherwise, under the lock)
        allocation = Allocation.objects.create(
            study=study,
            subject=subject,
            slot=slot,
            subject_number=_subject_number(slot),
            allocated_at=at,
            allocated_by=by,
        )
        advance(subject, SubjectState.ALLOCATED)
        publish(SubjectAllocated(allocation=allocation, by=by, at=at))
        return allocation


def vacate(*, allocation: Allocation, reason: str, by: User, at: datetime) -> Allocation:
    """Free a slot for a replacement. Asked for from above, where it is known that the subject is not evaluable."""
    with regulated(by=by, act="allocations.vacate", study=allocation.study, reason=reason):
        allocation = Allocation.objects.get(pk=allocation.pk)
        allocation.vacated_at = at
        allocation.vacated_reason = reason
        allocation.save(update_fields=["vacated_at", "vacated_reason"])
        return allocation


def _subject_number(slot: Slot) -> int:
    """The planned number of the slot; a replacement receives the next free number after all planned ones."""
    taken = Allocation.objects.filter(study_id=slot.cohort.study_id)
    if not taken.filter(slot=slot).exists():
        return slot.number
    highest = taken.aggregate(highest=Max("subject_number"))["highest"] or 0
    planned = Slot.objects.filter(cohort__study_id=slot.cohort.study_id).count()
    return int(max(highest, planned)) + 1
