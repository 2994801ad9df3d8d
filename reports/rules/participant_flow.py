"""The flow of participants through the trial, in numbers that add up.

Arranged as CONSORT 2010 and its extension for early phase dose-finding trials (CONSORT-DEFINE) ask: from screening to
what counts as evidence, by dose level.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class FailedFor:
    """``code``: the first failing criterion; empty: none failed, and screening was not continued."""

    code: str
    participants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningFlow:
    """``participants``: persons; ``attempts``: screenings, those begun again included. The others count persons.

    ``left``: withdrew or died before a slot was given.
    """

    participants: int
    attempts: int
    failed_for: tuple[FailedFor, ...]
    left: int
    in_screening: int
    waiting: int
    allocated: int

    @property
    def failed(self) -> int:
        return sum(each.participants for each in self.failed_for)

    @property
    def is_consistent(self) -> bool:
        """Everybody who was screened stands at exactly one place."""
        ways = (self.failed, self.left, self.in_screening, self.waiting, self.allocated)
        return self.participants == sum(ways)


class Standing(StrEnum):
    """As evidence for the dose level. Each subject allocated to it stands in exactly one."""

    EVALUABLE = "evaluable"
    PENDING = "pending"
    NOT_EVALUABLE = "not_evaluable"
    REPLACED = "replaced"


class Ending(StrEnum):
    """How participation ended before its time. A death comes before a withdrawal, and that before a loss."""

    WITHDRAWN = "withdrawn"
    LOST = "lost"
    DIED = "died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A subject who was allocated to a dose level. ``given``: infusions that were started."""

    given: int
    standing: Standing
    ending: Ending | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFlow:
    """A dose level: ``infusions`` planned for each subject, ``required`` evaluable ones, ``events`` that count."""

    number: int
    infusions: int
    slots: int
    required: int
    events: int
    participants: tuple[Participant, ...]

    @property
    def allocated(self) -> int:
        return len(self.participants)

    @property
    def dosed(self) -> int:
        return sum(each.given > 0 for each in self.participants)

    @property
    def infusions_given(self) -> int:
        return sum(each.given for each in self.participants)

    @property
    def infusions_planned(self) -> int:
        return self.allocated * self.infusions

    def standing(self, standing: Standing) -> int:
        return sum(each.standing is standing for each in self.participants)

    def ended(self, ending: Ending) -> int:
        return sum(each.ending is ending for each in self.participants)
