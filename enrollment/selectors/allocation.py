"""What allocation looks at: the next slot in order, the clearance of its cohort, what was signed, who waits longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from enrollment.models import Allocation, EligibilitySnapshot, Screening, Subject
from enrollment.rules.allocation import AllocationFacts, Cap, most_in_cohort, most_replacements
from enrollment.rules.eligibility import Overall
from enrollment.rules.states import ConsentStatus, SubjectState
from enrollment.selectors.eligibility import current_screening, is_intact
from enrollment.selectors.waiting import waiting_list
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


def allocation_facts(subject: Subject, *, at: datetime, order_reason: str = "") -> AllocationFacts:
    """Seven queries, whatever the study holds."""
    study = subject.study
    definition = subject.protocol_version.definition
    slot = next_slot(study)
    cohort = definition.cohort(slot.cohort.number) if slot else None
    ever = list(Allocation.objects.filter(study=study).select_related("slot__cohort").order_by("pk"))
    own = [each for each in ever if cohort is not None and each.slot.cohort.number == cohort.number]
    replaced = Cap(_replacements(own), definition.gate.maximum_replacements_per_cohort)
    return AllocationFacts(
        state=SubjectState(subject.state),
        consented=subject.consents.filter(status=ConsentStatus.SIGNED, withdrawn_at__isnull=True).exists(),
        signed_intact=_signed_intact(subject),
        next_slot=slot.label if slot else None,
        next_number=subject_number(slot, ever=ever) if slot else None,
        next_cohort=slot.cohort.number if slot else None,
        next_cohort_open=slot is not None and is_open(slot.cohort_id, at=at),
        is_replacement=slot is not None and any(each.slot_id == slot.pk for each in own),
        filled=tuple((plan.number, _held(ever, cohort=plan.number), plan.size) for plan in definition.cohorts),
        subjects=Cap(len(ever), definition.study.max_dosed),
        in_cohort=Cap(len(own), most_in_cohort(cohort, definition)) if cohort else None,
        cohort_replacements=replaced if cohort else None,
        replacements=Cap(_replacements(ever), most_replacements(definition)),
        ahead=ahead_of(subject),
        order_reason=order_reason,
    )


def ahead_of(subject: Subject) -> tuple[str, ...]:
    """Codes of those who wait longer. None for a subject who does not wait at all."""
    waiting = waiting_list(subject.study)
    own = next((each.place for each in waiting if each.subject.pk == subject.pk), 1)
    return tuple(each.subject.code for each in waiting[: own - 1])


def subject_number(slot: Slot, *, ever: Sequence[Allocation]) -> int:
    """The planned number of the slot; a replacement receives the next free number after all planned ones."""
    if all(each.slot_id != slot.pk for each in ever):
        return slot.number
    planned = Slot.objects.filter(cohort__study_id=slot.cohort.study_id).count()
    return max(planned, *(each.subject_number for each in ever)) + 1


def is_open(cohort_id: int, *, at: datetime) -> bool:
    return CohortClearance.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at),
        cohort_id=cohort_id,
        opened_at__lte=at,
        revoked_at__isnull=True,
    ).exists()


def _signed_intact(subject: Subject) -> bool | None:
    """Whether the verdict "eligible" is signed, under the subject's protocol version, over the facts as they are."""
    screening: Screening = current_screening(subject)
    signed = EligibilitySnapshot.objects.filter(
        screening=screening, protocol_version=subject.protocol_version_id, overall=Overall.ELIGIBLE
    )
    return is_intact(signed.only("facts_sha256").order_by("-pk").first(), screening)


def _held(allocations: Sequence[Allocation], *, cohort: int) -> int:
    return sum(each.vacated_at is None and each.slot.cohort.number == cohort for each in allocations)


def _replacements(allocations: Sequence[Allocation]) -> int:
    """Subjects who came into a slot that somebody had before."""
    return len(allocations) - len({each.slot_id for each in allocations})
