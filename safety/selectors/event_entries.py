"""Between the stored adverse event and the entry that people make and rules judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dosing.models import Infusion
from enrollment.models import Subject
from followup.models import Visit
from safety.models import AdverseEvent
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import ActionTaken, Outcome, Relationship, SeriousnessCriterion
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Decision, Reason

_SOURCE = "Adverse event record"


@dataclass(frozen=True, slots=True)
class Links:
    """The visit at which an event was told and the infusion it is linked to, and why a link is not possible."""

    visit: Visit | None
    infusion: Infusion | None
    decision: Decision


def links_of(entry: AdverseEventEntry, *, subject: Subject) -> Links:
    visit = Visit.objects.filter(subject=subject, code=entry.visit_code).first() if entry.visit_code else None
    number = entry.infusion_number
    infusion = None if number is None else Infusion.objects.filter(subject=subject, number=number).first()
    no_visit = Reason("AEV-VISIT", f"{subject.code} has no visit {entry.visit_code}.", _SOURCE)
    no_infusion = Reason("AEV-INFUSION", f"{subject.code} has no infusion {number}.", _SOURCE)
    return Links(
        visit,
        infusion,
        Decision.of(
            [
                no_visit if entry.visit_code and visit is None else None,
                no_infusion if number is not None and infusion is None else None,
            ]
        ),
    )


def entry_of(event: AdverseEvent) -> AdverseEventEntry:
    """The event as an entry, with its latest grade."""
    latest = event.grades.order_by("id").last()
    return AdverseEventEntry(
        reported_term=event.reported_term,
        ctcae_term=event.ctcae_term,
        onset=event.onset,
        ended=event.ended,
        grade=latest.grade if latest else None,
        graded_on=latest.graded_on if latest else None,
        serious=event.serious,
        seriousness_criteria=tuple(SeriousnessCriterion(code) for code in event.seriousness_criteria),
        relationship=Relationship(event.relationship),
        special_interest=event.special_interest,
        infusion_reaction=event.infusion_reaction,
        stopped_infusion=event.stopped_infusion,
        baseline_present=event.baseline_present,
        baseline_grade=event.baseline_grade,
        outcome=Outcome(event.outcome),
        action_taken=ActionTaken(event.action_taken),
        aware_at=event.aware_at,
        narrative=event.narrative,
        visit_code=event.visit.code if event.visit else "",
        infusion_number=event.infusion.number if event.infusion else None,
    )


def written_fields(entry: AdverseEventEntry, *, definition: ProtocolDefinition) -> dict[str, Any]:
    """The columns that an entry fills. Special interest follows from the protocol's list unless somebody said so."""
    special = entry.special_interest
    return {
        "reported_term": entry.reported_term.strip(),
        "ctcae_term": entry.ctcae_term,
        "onset": entry.onset,
        "ended": entry.ended,
        "serious": entry.serious,
        "seriousness_criteria": [criterion.value for criterion in entry.seriousness_criteria],
        "relationship": entry.relationship.value,
        "special_interest": entry.ctcae_term in definition.special_interest_terms if special is None else special,
        "infusion_reaction": entry.infusion_reaction,
        "stopped_infusion": entry.stopped_infusion,
        "baseline_present": entry.baseline_present,
        "baseline_grade": entry.baseline_grade,
        "outcome": entry.outcome.value,
        "action_taken": entry.action_taken.value,
        "aware_at": entry.aware_at,
        "narrative": entry.narrative.strip(),
    }
