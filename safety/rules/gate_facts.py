"""What the safety gate of a cohort looks at. Aware times, site-local dates; ``None``: not known, or did not happen.

Rows carry the time at which they were recorded where it matters: what was recorded after the moment of evaluation is
not yet known then, and a row without that time counts as known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from safety.rules.onset import Onset
from safety.rules.states import GateDecision, Relationship
from trial.protocol.schema import GatePolicy

FATAL_GRADE = 5
"""CTCAE: grade 5 is death related to the adverse event."""

Identifier = int | str
"""The number of a subject or the identity of an event: whatever the caller numbers them with."""


class StopReason(StrEnum):
    """Why an infusion was stopped before its end."""

    REACTION = "reaction"
    LOGISTIC = "logistic"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionFacts:
    """``given_fraction``: given over planned viable cells (1 is the whole dose). ``stopped_for`` None: not stopped."""

    number: int
    started_at: datetime | None
    given_fraction: Decimal | None = None
    planned_million_per_kg: Decimal | None = None
    given_million_per_kg: Decimal | None = None
    stopped_for: StopReason | None = None

    @property
    def dose_fraction(self) -> Decimal | None:
        """The fraction as recorded, or of the two doses; ``None`` while either is not known."""
        if self.given_fraction is not None:
            return self.given_fraction
        if self.given_million_per_kg is None or not self.planned_million_per_kg:
            return None
        return self.given_million_per_kg / self.planned_million_per_kg


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFacts:
    number: Identifier
    infusions: tuple[InfusionFacts, ...] = ()
    withdrawn_on: date | None = None
    lost_on: date | None = None
    died_at: datetime | None = None
    death_reviewed_at: datetime | None = None
    d28_visit_on: date | None = None
    phone_contact_on: date | None = None
    replaced_by: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeFacts:
    """CTCAE grade (1 to 5) from a day on; ``on`` None: from a day that is not known."""

    grade: int
    on: date | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFacts:
    """Whether the condition was present before the first infusion, and its grade then."""

    present: bool
    grade: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """An adverse event. ``voided`` without ``voided_at``: voided at a time that is not known."""

    id: Identifier
    subject: Identifier
    term: str | None = None
    onset: Onset | None = None
    grades: tuple[GradeFacts, ...] = ()
    serious: bool | None = None
    related_serious: bool | None = None
    special_interest: bool | None = None
    relationship: Relationship = Relationship.NOT_ASSESSED
    aware_at: datetime | None = None
    infusion_reaction: bool | None = None
    stopped_infusion: bool | None = None
    progression_of_ild: bool | None = None
    baseline: BaselineFacts | None = None
    voided: bool = False
    voided_at: datetime | None = None
    recorded_at: datetime | None = None

    @property
    def is_fatal(self) -> bool:
        return any(entry.grade == FATAL_GRADE for entry in self.grades)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """A signed vote. ``at`` None: at a time that is not known."""

    role: str
    vote: GateDecision | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """A decision over this cohort's gate. ``policy`` is the one it was taken under; None: the one now in force.

    ``undisclosed``: roles that have voted while votes are hidden. They are not missing, and they agree to nothing yet.
    """

    decision: GateDecision
    at: datetime | None = None
    policy: GatePolicy | None = None
    signatures: tuple[SignatureFacts, ...] = ()
    undisclosed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionFacts:
    """A suspension of the trial that still stands. ``since`` None: since a time that is not known."""

    reason: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFacts:
    """One cohort: all its subjects, replaced ones included, and all their events, voided ones included.

    ``events`` None: it is not known whether there were events. ``incomplete``: checklist items that are open; None: it
    is not known which. ``opened``: whether the cohort was ever opened for dosing; None: see ``cohort_state``.
    """

    subjects: tuple[SubjectFacts, ...]
    events: tuple[EventFacts, ...] | None
    incomplete: tuple[str, ...] | None
    suspended: SuspensionFacts | None = None
    decisions: tuple[DecisionFacts, ...] = ()
    opened: bool | None = None

    def __post_init__(self) -> None:
        numbers = [subject.number for subject in self.subjects]
        if len(set(numbers)) != len(numbers):
            raise ValueError("A subject stands twice in the cohort.")
        ids = [event.id for event in self.events or ()]
        if len(set(ids)) != len(ids):
            raise ValueError("An event stands twice in the cohort.")
        # An event whose subject is elsewhere would be left out of the count without a word.
        if not {event.subject for event in self.events or ()} <= set(numbers):
            raise ValueError("An event belongs to a subject who is not in the cohort.")


def in_order(identifier: Identifier) -> tuple[bool, int, str]:
    """Sorting key: numbers by value, then texts. What was entered first never decides anything."""
    return (False, identifier, "") if isinstance(identifier, int) else (True, 0, identifier)
