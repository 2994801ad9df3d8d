"""An adverse event as a person enters it, and whether it can be entered so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from safety.rules.gate_facts import FATAL_GRADE
from safety.rules.onset import Onset
from safety.rules.states import ActionTaken, Outcome, Relationship, SeriousnessCriterion
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import end_of_day, site_date

_WRITTEN = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2})?)?)?")
_FIELDS = "Adverse event record; ICH E6(R3) Annex 1"
_CTCAE = "NCI CTCAE v5.0"
_E2A = "ICH E2A (seriousness)"
_DEATH = "House rule: death always makes a fatal (grade 5) event; NCI CTCAE, grade 5"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventEntry:
    """``onset`` and ``ended`` are site-local and as partial as they are known; ``ended`` empty: it goes on.

    ``grade`` None: not graded yet. ``graded_on`` None: the grade holds from the onset on. ``special_interest`` None: as
    the protocol's list of terms says. ``died_at`` None on a fatal event: the last instant of the day of the grade.
    ``ctcae_term`` empty: not coded yet, then any grade is possible.
    """

    reported_term: str
    onset: str
    aware_at: datetime
    ctcae_term: str = ""
    ended: str = ""
    grade: int | None = None
    graded_on: date | None = None
    serious: bool = False
    seriousness_criteria: tuple[SeriousnessCriterion, ...] = ()
    relationship: Relationship = Relationship.NOT_ASSESSED
    special_interest: bool | None = None
    infusion_reaction: bool = False
    stopped_infusion: bool = False
    baseline_present: bool = False
    baseline_grade: int | None = None
    outcome: Outcome = Outcome.UNKNOWN
    action_taken: ActionTaken = ActionTaken.UNKNOWN
    narrative: str = ""
    visit_code: str = ""
    infusion_number: int | None = None
    died_at: datetime | None = None

    @property
    def is_fatal(self) -> bool:
        return (
            self.grade == FATAL_GRADE
            or self.outcome is Outcome.FATAL
            or SeriousnessCriterion.DEATH in self.seriousness_criteria
        )

    def made_consistent(self) -> AdverseEventEntry:
        """Grade 5, fatal outcome and the criterion "death" are one fact: each of them makes the other two."""
        if not self.is_fatal:
            return self
        criteria = dict.fromkeys((*self.seriousness_criteria, SeriousnessCriterion.DEATH))
        return replace(self, serious=True, seriousness_criteria=tuple(criteria), outcome=Outcome.FATAL)


def parse_written(text: str, *, timezone: str) -> Onset:
    """Read ``2025``, ``2025-03``, ``2025-03-31`` or ``2025-03-31T22:15``; nothing is guessed. Raises: ValueError."""
    if _WRITTEN.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not of the form YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM.")
    return Onset.parse(text, timezone=timezone)


def may_enter(
    entry: AdverseEventEntry, *, defined_grades: frozenset[int] | None, timezone: str, at: datetime
) -> Decision:
    """Every reason against recording the event so. ``defined_grades`` None: the term is not one of the dictionary.

    Source: adverse event record; NCI CTCAE (only the grades defined for a term); ICH E2A.
    """
    return Decision(
        (
            *_moments(entry, timezone=timezone, at=at),
            *_terms(entry, defined_grades=defined_grades),
            *_seriousness(entry),
            *_baseline(entry),
            *_death(entry, at=at),
        )
    )


def may_grade(
    *, grade: int, graded_on: date, onset: str, defined_grades: frozenset[int] | None, timezone: str, at: datetime
) -> Decision:
    """Every reason against this grade from that day on."""
    return Decision(
        (
            *_grade(grade, defined_grades=defined_grades),
            *_graded_on(graded_on, started=parse_written(onset, timezone=timezone), timezone=timezone, at=at),
        )
    )


def grade_day(entry: AdverseEventEntry, *, timezone: str, at: datetime) -> date:
    """The day from which the first grade holds: as entered, else the last day on which the event can have begun."""
    if entry.graded_on is not None:
        return entry.graded_on
    latest = site_date(parse_written(entry.onset, timezone=timezone).latest, timezone=timezone)
    return min(latest, site_date(at, timezone=timezone))


def _moments(entry: AdverseEventEntry, *, timezone: str, at: datetime) -> Iterator[Reason]:
    started = _read(entry.onset, timezone=timezone)
    ended = _read(entry.ended, timezone=timezone) if entry.ended else None
    if started is None:
        yield Reason("AEV-ONSET", "The onset is written YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM.", _FIELDS)
    elif started.earliest > at:
        yield Reason("AEV-ONSET-FUTURE", "An event that has not begun yet cannot be recorded.", _FIELDS)
    if entry.ended and ended is None:
        yield Reason("AEV-END", "The end is written YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM.", _FIELDS)
    if ended is not None and ended.earliest > at:
        yield Reason("AEV-END-FUTURE", "The end of the event lies in the future.", _FIELDS)
    if started is not None and ended is not None and ended.latest < started.earliest:
        yield Reason("AEV-END-BEFORE", "The event cannot have ended before it began.", _FIELDS)
    yield from _awareness(entry.aware_at, started=started, at=at)
    if started is not None and entry.graded_on is not None:
        yield from _graded_on(entry.graded_on, started=started, timezone=timezone, at=at)


def _awareness(aware_at: datetime, *, started: Onset | None, at: datetime) -> Iterator[Reason]:
    if aware_at > at:
        yield Reason("AEV-AWARE-FUTURE", "The site cannot become aware of the event in the future.", _FIELDS)
    elif started is not None and aware_at < started.earliest <= at:
        yield Reason("AEV-AWARE-BEFORE", "Nobody can have been aware of the event before it began.", _FIELDS)


def _read(text: str, *, timezone: str) -> Onset | None:
    try:
        return parse_written(text, timezone=timezone)
    except ValueError:
        return None


def _graded_on(graded_on: date, *, started: Onset, timezone: str, at: datetime) -> Iterator[Reason]:
    if graded_on > site_date(at, timezone=timezone):
        yield Reason("AEV-GRADE-FUTURE", "A grade holds from a day that has come.", _FIELDS)
    if graded_on < site_date(started.earliest, timezone=timezone):
        yield Reason("AEV-GRADE-BEFORE", "An event has no grade before it began.", _FIELDS)


def _terms(entry: AdverseEventEntry, *, defined_grades: frozenset[int] | None) -> Iterator[Reason]:
    if not entry.reported_term.strip():
        yield Reason("AEV-TERM", "The event needs the term in which it was reported.", _FIELDS)
    if entry.ctcae_term and defined_grades is None:
        yield Reason("AEV-CTCAE", f"“{entry.ctcae_term}” is not a term of CTCAE.", _CTCAE)
    if entry.grade is not None:
        yield from _grade(entry.grade, defined_grades=defined_grades)
    if entry.is_fatal and entry.grade != FATAL_GRADE:
        yield from _grade(FATAL_GRADE, defined_grades=defined_grades)


def _grade(grade: int, *, defined_grades: frozenset[int] | None) -> Iterator[Reason]:
    possible = frozenset(range(1, FATAL_GRADE + 1)) if defined_grades is None else defined_grades
    if grade not in possible:
        listed = ", ".join(map(str, sorted(possible)))
        yield Reason("AEV-GRADE", f"CTCAE does not define grade {grade} for this term, only {listed}.", _CTCAE)


def _seriousness(entry: AdverseEventEntry) -> Iterator[Reason]:
    if entry.serious and not entry.seriousness_criteria:
        yield Reason("AEV-SERIOUS", "A serious event names at least one criterion of seriousness.", _E2A)
    if entry.seriousness_criteria and not entry.serious:
        yield Reason("AEV-SERIOUS", "A criterion of seriousness makes the event serious: mark it so.", _E2A)


def _baseline(entry: AdverseEventEntry) -> Iterator[Reason]:
    if entry.baseline_grade is None:
        return
    if not entry.baseline_present:
        yield Reason("AEV-BASELINE", "A grade at baseline needs the condition to be present at baseline.", _FIELDS)
    if not 1 <= entry.baseline_grade < FATAL_GRADE:
        yield Reason("AEV-BASELINE", "The grade at baseline is 1 to 4.", _CTCAE)


def _death(entry: AdverseEventEntry, *, at: datetime) -> Iterator[Reason]:
    if entry.died_at is None:
        return
    if not entry.is_fatal:
        yield Reason("AEV-DEATH", "A time of death belongs to a fatal event: grade 5, outcome fatal.", _DEATH)
    if entry.died_at > at:
        yield Reason("AEV-DEATH-FUTURE", "The time of death lies in the future.", _DEATH)


def died_at(entry: AdverseEventEntry, *, fatal_on: date, timezone: str, at: datetime) -> datetime:
    """When the participant died: as entered, else the last instant of the day of grade 5, not later than now."""
    return entry.died_at or min(end_of_day(fatal_on, timezone=timezone), at)
