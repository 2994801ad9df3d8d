"""What a cohort shows under a policy: every event judged, every subject's window and evaluability."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from safety.rules.evaluability import Evaluability, evaluability
from safety.rules.finding import Finding, Weight
from safety.rules.gate_facts import CohortFacts, EventFacts, Identifier, SubjectFacts
from safety.rules.implied_events import implied_by_death, implied_by_reaction
from safety.rules.observation import ObservationWindow, observation_window
from safety.rules.qualifying import judge_event
from trial.protocol.schema import CohortPlan, GatePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEvidence:
    event: EventFacts
    finding: Finding

    @property
    def weight(self) -> Weight:
        return self.finding.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectEvidence:
    subject: SubjectFacts
    window: ObservationWindow | None
    evaluability: Evaluability
    has_qualifying_event: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``events`` holds voided ones too; ``events_known`` is false while nobody said whether there were events."""

    subjects: tuple[SubjectEvidence, ...]
    events: tuple[EventEvidence, ...]
    events_known: bool

    def of_weight(self, weight: Weight) -> tuple[EventEvidence, ...]:
        return tuple(item for item in self.events if item.weight is weight)

    @property
    def evaluable(self) -> tuple[SubjectEvidence, ...]:
        return tuple(item for item in self.subjects if item.evaluability.is_evaluable)


def weigh(known: CohortFacts, *, policy: GatePolicy, plan: CohortPlan, timezone: str, as_of: datetime) -> Evidence:
    """Judge everything that ``known`` holds; it must already be limited to what was known at ``as_of``."""
    windows = {s.number: observation_window(s, policy=policy, timezone=timezone) for s in known.subjects}
    judged: list[EventEvidence] = []
    for subject in known.subjects:
        judged += _judged_events(
            subject, known=known, window=windows[subject.number], policy=policy, timezone=timezone, as_of=as_of
        )
    with_event = {item.event.subject for item in judged if item.weight is Weight.COUNTS}
    return Evidence(
        subjects=tuple(
            _subject_evidence(
                subject,
                window=windows[subject.number],
                with_event=with_event,
                policy=policy,
                plan=plan,
                timezone=timezone,
                as_of=as_of,
            )
            for subject in known.subjects
        ),
        events=tuple(judged),
        events_known=known.events is not None,
    )


def _judged_events(
    subject: SubjectFacts,
    *,
    known: CohortFacts,
    window: ObservationWindow | None,
    policy: GatePolicy,
    timezone: str,
    as_of: datetime,
) -> list[EventEvidence]:
    def judged(event: EventFacts) -> EventEvidence:
        finding = judge_event(event, subject=subject, window=window, policy=policy, as_of=as_of, timezone=timezone)
        return EventEvidence(event=event, finding=finding)

    recorded = [judged(event) for event in known.events or () if event.subject == subject.number]
    settled = [item.event for item in recorded if item.weight is not Weight.DOES_NOT_COUNT]
    implied = (
        *implied_by_death(subject, recorded=[item.event for item in recorded], timezone=timezone),
        *implied_by_reaction(subject, counted=settled),
    )
    return [*recorded, *(judged(event) for event in implied)]


def _subject_evidence(
    subject: SubjectFacts,
    *,
    window: ObservationWindow | None,
    with_event: set[Identifier],
    policy: GatePolicy,
    plan: CohortPlan,
    timezone: str,
    as_of: datetime,
) -> SubjectEvidence:
    has_event = subject.number in with_event
    found = evaluability(
        subject,
        window=window,
        has_qualifying_event=has_event,
        policy=policy,
        plan=plan,
        as_of=as_of,
        timezone=timezone,
    )
    return SubjectEvidence(subject=subject, window=window, evaluability=found, has_qualifying_event=has_event)
