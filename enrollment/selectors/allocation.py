"""What allocation looks at: the next slot in order, the clearance of its cohort, what was signed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from enrollment.models import Allocation, Subject
from enrollment.rules.allocation import AllocationFacts
from enrollment.rules.states import ConsentStatus, SubjectState
from enrollment.selectors.eligibility import current_screening, is_intact, latest_snapshot
from trial.models import CohortClearance, Slot, Study


def next_slot(study: Study) -> Slot | None:
    """The first planned slot, in order, that nobody holds."""
    held = Allocation.objects.filter(study=study, vacated_at__isnull=True).values("slot_id")
    return (
        Slot.objects.filter(cohort__study=study)
        .exclude(pk__in=held)
        .select_related("cohort")
        .order_by("cohort__number", "number")
        .first()
    )


def allocation_facts(subject: Subject, *, at: datetime) -> AllocationFacts:
    study = subject.study
    screening = current_screening(subject)
    slot = next_slot(study)
    definition = subject.protocol_version.definition
    held = Allocation.objects.filter(study=study, vacated_at__isnull=True).values_list(
        "slot__cohort__number", flat=True
    )
    filled = list(held)
    return AllocationFacts(
        state=SubjectState(subject.state),
        consented=subject.consents.filter(status=ConsentStatus.SIGNED, withdrawn_at__isnull=True).exists(),
        signed_intact=is_intact(latest_snapshot(screening), screening),
        next_slot=slot.label if slot else None,
        next_cohort=slot.cohort.number if slot else None,
        next_cohort_open=slot is not None and is_open(slot.cohort_id, at=at),
        filled=tuple((cohort.number, filled.count(cohort.number), cohort.size) for cohort in definition.cohorts),
        subjects_ever=Allocation.objects.filter(study=study).count(),
        subjects_cap=definition.study.max_dosed,
    )


def is_open(cohort_id: int, *, at: datetime) -> bool:
    return CohortClearance.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at),
        cohort_id=cohort_id,
        opened_at__lte=at,
        revoked_at__isnull=True,
    ).exists()
