"""A cohort's facts as a document for ``explain gate``: what is known of the rows, written out for a stranger."""

from __future__ import annotations

from typing import Any

from safety.rules.gate_facts import CohortFacts, EventFacts, SubjectFacts
from safety.selectors.gate import Assessment
from trial.documents.rendering import plain_mapping


def gate_document(assessment: Assessment) -> dict[str, Any]:
    facts: CohortFacts = assessment.facts
    return plain_mapping(
        {
            "as_of": assessment.at,
            "cohort": assessment.rows.cohort.number,
            "subjects": [_subject(subject) for subject in facts.subjects],
            "events": [_event(event) for event in facts.events or ()],
            "incomplete": facts.incomplete,
            "suspended": None
            if facts.suspended is None
            else {"since": facts.suspended.since, "reason": facts.suspended.reason},
            "decisions": [
                {
                    "decision": decision.decision,
                    "at": decision.at,
                    "policy": None if decision.policy is None else decision.policy.trigger,
                    "signatures": [{"role": s.role, "vote": s.vote, "at": s.at} for s in decision.signatures],
                }
                for decision in facts.decisions
            ],
        }
    )


def _subject(subject: SubjectFacts) -> dict[str, Any]:
    return {
        "number": subject.number,
        "infusions": [
            {
                "number": infusion.number,
                "started_at": infusion.started_at,
                "planned_million_per_kg": infusion.planned_million_per_kg,
                "given_million_per_kg": infusion.given_million_per_kg,
                "stopped_for": infusion.stopped_for,
            }
            for infusion in subject.infusions
        ],
        "withdrawn_on": subject.withdrawn_on,
        "lost_on": subject.lost_on,
        "died_at": subject.died_at,
        "death_reviewed_at": subject.death_reviewed_at,
        "d28_visit_on": subject.d28_visit_on,
        "replaced_by": subject.replaced_by,
    }


def _event(event: EventFacts) -> dict[str, Any]:
    """The onset goes as the interval's first instant: the tests enter onsets to the minute."""
    return {
        "id": event.id,
        "subject": event.subject,
        "term": event.term,
        "onset_at": None if event.onset is None else event.onset.earliest,
        "grades": [{"grade": g.grade, "on": g.on, "recorded_at": g.recorded_at} for g in event.grades],
        "serious": event.serious,
        "special_interest": event.special_interest,
        "relationship": event.relationship,
        "aware_at": event.aware_at,
        "infusion_reaction": event.infusion_reaction,
        "stopped_infusion": event.stopped_infusion,
        "baseline": None
        if event.baseline is None
        else {"present": event.baseline.present, "grade": event.baseline.grade},
        "voided": event.voided,
        "voided_at": event.voided_at,
        "recorded_at": event.recorded_at,
    }
