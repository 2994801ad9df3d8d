"""The replacement of a subject: why they are no evidence, what the caps leave, who came and who comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enrollment.models import Allocation, Subject
from enrollment.rules.allocation import Cap, most_replacements
from safety.rules.evaluability import Evaluability, Standing
from safety.rules.replacement import ReplacementFacts, may_vacate
from safety.selectors.gate import Assessment, assess
from trial.rules.decision import Decision

_SOME_TEXT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """``allocation`` None: the subject never had a slot. ``evaluability`` None: they hold none now.

    ``successor``: who received the slot after them.
    """

    allocation: Allocation | None
    evaluability: Evaluability | None
    in_cohort: Cap
    in_study: Cap
    successor: Allocation | None

    def against(self, *, reason: str = _SOME_TEXT) -> Decision:
        facts = ReplacementFacts(
            evaluability=self.evaluability, in_cohort=self.in_cohort, in_study=self.in_study, reason=reason
        )
        return may_vacate(facts)

    @property
    def is_held(self) -> bool:
        return self.allocation is not None and self.allocation.vacated_at is None


def replacement_of(subject: Subject, *, at: datetime) -> Replacement:
    """Twelve queries, whatever the cohort holds."""
    allocations = Allocation.objects.filter(study=subject.study_id).select_related("subject", "slot__cohort__study")
    ever = list(allocations.order_by("pk"))
    own = next((each for each in ever if each.subject_id == subject.pk), None)
    if own is None:
        return Replacement(allocation=None, evaluability=None, in_cohort=Cap(0, 0), in_study=Cap(0, 0), successor=None)
    assessment = assess(own.slot.cohort, at=at)
    later = (each for each in ever if each.slot_id == own.slot_id and each.pk > own.pk)
    return Replacement(
        allocation=own,
        evaluability=None if own.vacated_at else evaluability_of(own, assessment),
        in_cohort=Cap(
            sum(row.allocation.vacated_at is not None for row in assessment.rows.subjects),
            assessment.policy.maximum_replacements_per_cohort,
        ),
        in_study=Cap(sum(each.vacated_at is not None for each in ever), most_replacements(assessment.rows.definition)),
        successor=next(later, None),
    )


def evaluability_of(allocation: Allocation, assessment: Assessment) -> Evaluability:
    """How the gate's rule counts the subject who holds this slot."""
    numbered = {found.subject.number: found.evaluability for found in assessment.outcome.evidence.subjects}
    return numbered[allocation.subject_number]


@dataclass(frozen=True, slots=True)
class SlotLeft:
    """A slot whose subject is no evidence. ``replaced_by``: the number of who came."""

    allocation: Allocation
    why: str
    replaced_by: int | None


def slots_left(assessment: Assessment) -> tuple[SlotLeft, ...]:
    """Slots of the cohort to be given back, or given back already, in the order of subject numbers. No query."""
    return tuple(
        SlotLeft(
            allocation=row.allocation,
            why=row.allocation.vacated_reason or evaluability_of(row.allocation, assessment).why,
            replaced_by=row.replaced_by,
        )
        for row in assessment.rows.subjects
        if row.allocation.vacated_at is not None
        or evaluability_of(row.allocation, assessment).standing is Standing.NOT_EVALUABLE
    )
