"""From the rows of a cohort to the facts that the gate rule judges."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from dosing.models import Infusion
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer, VisitState
from followup.rules.visit_codes import observation_visit
from safety.models import AdverseEvent, GateReview
from safety.rules.gate_facts import (
    BaselineFacts,
    CohortFacts,
    DecisionFacts,
    EventFacts,
    GradeFacts,
    InfusionFacts,
    SignatureFacts,
    StopReason,
    SubjectFacts,
    SuspensionFacts,
)
from safety.rules.observation import ObservationWindow, observation_window
from safety.rules.onset import Onset
from safety.rules.states import GateDecision, Relationship
from safety.selectors.gate_rows import CohortRows, SubjectRows
from trial.models import DosingHold
from trial.rules.site_time import site_date
from trial.rules.states import HoldKind


def event_reference(event: AdverseEvent) -> str:
    """How people name an event: the subject's code and the number of the event."""
    return f"{event.subject.code} AE {event.number}"


def death_cause(subject_code: str) -> str:
    """What names the hold that a death placed: one per participant."""
    return f"death:{subject_code}"


def facts_of(rows: CohortRows, *, incomplete: tuple[str, ...] | None) -> CohortFacts:
    """Subjects who left their slot without an infusion were never exposed and are no evidence."""
    subjects = tuple(row for row in rows.subjects if row.started or row.allocation.vacated_at is None)
    return CohortFacts(
        subjects=tuple(subject_facts(row, rows=rows) for row in subjects),
        events=tuple(_event(event, row=row, rows=rows) for row in subjects for event in row.events),
        incomplete=incomplete,
        suspended=_suspension(rows),
        decisions=tuple(_decision(review, rows=rows) for review in rows.reviews if review.superseded_at is None),
        opened=rows.opened,
    )


def observation_visit_of(row: SubjectRows, *, rows: CohortRows) -> Visit | None:
    """The visit at the end of the observation after the last infusion, also where it is merged into another one."""
    if not row.started:
        return None
    code = observation_visit(
        row.started[-1].number, schedule=rows.definition.schedule, window_days=rows.definition.gate.window_days
    )
    own = [visit for visit in row.visits if visit.code == code]
    merged = [visit for visit in row.visits if visit.merged_with == code and code]
    open_or_settled = [visit for visit in (*own, *merged) if visit.state != VisitState.CANCELLED]
    return next(iter((*open_or_settled, *own, *merged)), None)


def window_of(row: SubjectRows, *, rows: CohortRows) -> ObservationWindow | None:
    return observation_window(
        subject_facts(row, rows=rows), policy=rows.definition.gate, timezone=rows.definition.timezone
    )


def subject_facts(row: SubjectRows, *, rows: CohortRows) -> SubjectFacts:
    subject, zone = row.subject, rows.definition.timezone
    visit = observation_visit_of(row, rows=rows)
    is_done = visit is not None and visit.state == VisitState.DONE and visit.done_at is not None
    return SubjectFacts(
        number=row.number,
        infusions=tuple(_infusion(infusion, rows=rows) for infusion in row.started),
        withdrawn_on=subject.withdrawn_on,
        lost_on=subject.lost_on,
        died_at=subject.died_at,
        death_reviewed_at=_reviewed_at(subject.code, rows.holds),
        d28_visit_on=site_date(visit.done_at, timezone=zone) if visit and is_done and visit.done_at else None,
        phone_contact_on=_phone_contact_on(row, timezone=zone),
        replaced_by=row.replaced_by,
    )


def _phone_contact_on(row: SubjectRows, *, timezone: str) -> date | None:
    """The site-local day of the latest call that says how the participant was. Of one in which adverse events were told
    nothing is known until one that had begun by then is recorded."""
    events = [event for event in row.events if event.voided_at is None]
    for contact in reversed(row.contacts):
        told = contact.adverse_events_asked == AdverseEventAnswer.YES
        if not told or any(
            Onset.parse(event.onset, timezone=timezone).earliest <= contact.contacted_at for event in events
        ):
            return site_date(contact.contacted_at, timezone=timezone)
    return None


def _infusion(infusion: Infusion, *, rows: CohortRows) -> InfusionFacts:
    version = rows.versions[infusion.protocol_version_id]
    return InfusionFacts(
        number=infusion.number,
        started_at=infusion.started_at,
        planned_million_per_kg=Decimal(version.definition.regimen.dose_million_per_kg),
        given_million_per_kg=infusion.given_million_per_kg,
        stopped_for=StopReason(infusion.stop_reason) if infusion.stop_reason else None,
    )


def _event(event: AdverseEvent, *, row: SubjectRows, rows: CohortRows) -> EventFacts:
    return EventFacts(
        id=event_reference(event),
        subject=row.number,
        term=event.ctcae_term or event.reported_term,
        onset=Onset.parse(event.onset, timezone=rows.definition.timezone),
        grades=tuple(
            GradeFacts(grade=g.grade, on=g.graded_on, recorded_at=g.recorded_at) for g in row.grades[event.pk]
        ),
        serious=event.serious,
        special_interest=event.special_interest,
        relationship=Relationship(event.relationship),
        aware_at=event.aware_at,
        infusion_reaction=event.infusion_reaction,
        stopped_infusion=event.stopped_infusion,
        baseline=BaselineFacts(present=event.baseline_present, grade=event.baseline_grade),
        voided=event.voided_at is not None,
        voided_at=event.voided_at,
        recorded_at=event.recorded_at,
    )


def _suspension(rows: CohortRows) -> SuspensionFacts | None:
    """Dosing of the whole study is held: nobody decides to proceed meanwhile."""
    for hold in rows.holds:
        if hold.lifted_at is None and hold.cohort_id is None and not hold.subject_code:
            return SuspensionFacts(reason=hold.reason.strip().rstrip("."), since=hold.placed_at)
    return None


def _reviewed_at(subject_code: str, holds: tuple[DosingHold, ...]) -> datetime | None:
    """A death is reviewed when the hold it placed was lifted by signatures; while one stands it is not."""
    lifted = [h.lifted_at for h in holds if h.kind == HoldKind.DEATH and h.cause == death_cause(subject_code)]
    times = [at for at in lifted if at is not None]
    return max(times) if times and len(times) == len(lifted) else None


def _decision(review: GateReview, *, rows: CohortRows) -> DecisionFacts:
    """While votes are collected they are hidden, here too: an open review tells who has voted, not how."""
    if review.decided_at is None:
        voted = tuple(vote.role for vote in rows.votes.get(review.pk, ()))
        return DecisionFacts(decision=GateDecision.PROCEED, at=review.convened_at, undisclosed=voted)
    return DecisionFacts(
        decision=GateDecision(review.decision),
        at=review.decided_at,
        policy=rows.versions[review.protocol_version_id].definition.gate,
        signatures=tuple(
            SignatureFacts(role=vote.role, vote=GateDecision(vote.vote), at=vote.voted_at)
            for vote in rows.votes.get(review.pk, ())
        ),
    )
