"""The readiness checklist of a cohort, from its rows; and the data of a subject that the investigator endorses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dosing.models import Infusion
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer, VisitState
from safety.models import AdverseEvent
from safety.rules.checklist import (
    ChecklistItem,
    DeviationRecord,
    Endorsed,
    EventRecord,
    InfusionRecord,
    SubjectRecord,
    VisitRecord,
    readiness,
)
from safety.rules.endorsed_data import (
    EndorsedEvent,
    EndorsedGrade,
    EndorsedInfusion,
    EndorsedVisit,
    content_sha256,
    endorsement_content,
)
from safety.rules.onset import Onset
from safety.selectors.gate_facts import observation_visit_of, window_of
from safety.selectors.gate_rows import CohortRows, SubjectRows
from trial.models import Deviation


def checklist(rows: CohortRows) -> tuple[ChecklistItem, ...]:
    """Items of every subject who received an infusion; who never did is no evidence and asks for nothing."""
    subjects = tuple(_record(row, rows=rows) for row in rows.subjects if row.started)
    return readiness(subjects, endorsement_required=rows.definition.gate.endorsement_required)


def endorsable(row: SubjectRows, *, rows: CohortRows) -> dict[str, Any]:
    """What an endorsement of this subject signs now: infusions, telephone contacts, visits and events of the window."""
    return endorsement_content(
        study=rows.study.registry_id,
        subject=row.subject.code,
        infusions=[_endorsed_infusion(infusion) for infusion in row.started],
        visits=[_endorsed_visit(visit) for visit in window_visits(row, rows=rows)],
        contacts=list(row.contacts),
        events=[_endorsed_event(event, row=row) for event in window_events(row, rows=rows)],
    )


def window_visits(row: SubjectRows, *, rows: CohortRows) -> tuple[Visit, ...]:
    """The visits up to the end of the observation after the last infusion received."""
    last = observation_visit_of(row, rows=rows)
    return () if last is None else tuple(visit for visit in row.visits if visit.sequence <= last.sequence)


def window_events(row: SubjectRows, *, rows: CohortRows) -> tuple[AdverseEvent, ...]:
    """The events that can have begun before the observation window closed, voided ones included.

    A later event weighs at no gate, so it neither breaks an endorsement nor reopens the checklist.
    """
    window = window_of(row, rows=rows)
    zone = rows.definition.timezone
    return tuple(
        event
        for event in row.events
        if window is None or Onset.parse(event.onset, timezone=zone).earliest < window.over_at
    )


def _window_deviations(row: SubjectRows, *, rows: CohortRows) -> Iterator[Deviation]:
    window = window_of(row, rows=rows)
    for deviation in row.deviations:
        if window is None or deviation.occurred_at < window.over_at:
            yield deviation


def _record(row: SubjectRows, *, rows: CohortRows) -> SubjectRecord:
    return SubjectRecord(
        code=row.subject.code,
        consented=_consented(row),
        eligibility_intact=None if row.signed_sha256 is None else row.signed_sha256 == row.screening_sha256,
        infusions=tuple(InfusionRecord(number=i.number, lacks=_infusion_lacks(i)) for i in row.started),
        visits=tuple(_visit_record(visit, row=row, rows=rows) for visit in window_visits(row, rows=rows)),
        observation_planned=observation_visit_of(row, rows=rows) is not None,
        events=tuple(
            EventRecord(number=event.number, lacks=_event_lacks(event, row=row))
            for event in window_events(row, rows=rows)
            if event.voided_at is None
        ),
        endorsed=_endorsed(row, rows=rows),
        deviations=tuple(
            DeviationRecord(number=deviation.pk, is_classified=bool(deviation.classification))
            for deviation in _window_deviations(row, rows=rows)
        ),
    )


def _consented(row: SubjectRows) -> bool:
    first_infusion_at = row.started[0].started_at
    if row.first_consent_at is None or first_infusion_at is None:
        return False
    return row.first_consent_at <= first_infusion_at


def _infusion_lacks(infusion: Infusion) -> tuple[str, ...]:
    lacks = []
    if infusion.ended_at is None or infusion.given_million_per_kg is None:
        lacks.append("it has not ended")
    if infusion.identity_signature_id is None:
        lacks.append("no second person signed the identity check")
    return tuple(lacks)


def _visit_record(visit: Visit, *, row: SubjectRows, rows: CohortRows) -> VisitRecord:
    return VisitRecord(
        code=visit.code,
        state=VisitState(visit.state),
        asked=AdverseEventAnswer(visit.adverse_events_asked),
        event_follows=any(_answers(event, visit, timezone=rows.definition.timezone) for event in row.events),
    )


def _answers(event: AdverseEvent, visit: Visit, *, timezone: str) -> bool:
    """Whether this event can be what the participant told at that visit."""
    if event.voided_at is not None:
        return False
    if event.visit_id == visit.pk:
        return True
    return visit.done_at is not None and Onset.parse(event.onset, timezone=timezone).earliest <= visit.done_at


def _event_lacks(event: AdverseEvent, *, row: SubjectRows) -> tuple[str, ...]:
    """Causality that is not assessed yet is no gap of the record: the policy says what it means."""
    lacks = []
    if not event.ctcae_term:
        lacks.append("no CTCAE term")
    if not row.grades[event.pk]:
        lacks.append("no grade")
    return tuple(lacks)


def _endorsed(row: SubjectRows, *, rows: CohortRows) -> Endorsed:
    if row.endorsed_sha256 is None:
        return Endorsed.NOT_YET
    stands = row.endorsed_sha256 == content_sha256(endorsable(row, rows=rows))
    return Endorsed.STANDS if stands else Endorsed.BROKEN


def _endorsed_infusion(infusion: Infusion) -> EndorsedInfusion:
    return EndorsedInfusion(
        number=infusion.number,
        state=infusion.state,
        started_at=infusion.started_at,
        ended_at=infusion.ended_at,
        given_million_per_kg=infusion.given_million_per_kg,
        stop_reason=infusion.stop_reason,
    )


def _endorsed_visit(visit: Visit) -> EndorsedVisit:
    return EndorsedVisit(
        code=visit.code,
        state=visit.state,
        done_at=visit.done_at,
        adverse_events_asked=visit.adverse_events_asked,
        note=visit.note,
        missed_reason=visit.missed_reason,
    )


def _endorsed_event(event: AdverseEvent, *, row: SubjectRows) -> EndorsedEvent:
    return EndorsedEvent(
        number=event.number,
        reported_term=event.reported_term,
        ctcae_term=event.ctcae_term,
        onset=event.onset,
        ended=event.ended,
        grades=tuple(EndorsedGrade(grade=g.grade, graded_on=g.graded_on) for g in row.grades[event.pk]),
        serious=event.serious,
        seriousness_criteria=tuple(event.seriousness_criteria),
        relationship=event.relationship,
        special_interest=event.special_interest,
        infusion_reaction=event.infusion_reaction,
        stopped_infusion=event.stopped_infusion,
        baseline_present=event.baseline_present,
        baseline_grade=event.baseline_grade,
        outcome=event.outcome,
        action_taken=event.action_taken,
        voided=event.voided_at is not None,
    )
