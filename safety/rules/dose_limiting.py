"""The dose-limiting event: what counts under the gate policy ``DLT``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from safety.rules.causality import Causality, causality
from safety.rules.emergence import grades_since_infusion
from safety.rules.finding import Finding, counts, does_not_count, undetermined
from safety.rules.gate_facts import EventFacts, StopReason, SubjectFacts
from safety.rules.observation import ObservationWindow
from safety.rules.three_valued import Truth, all_of, any_of
from trial.protocol.schema import GatePolicy

ANAPHYLAXIS = "anaphyla"
"""Stem of anaphylaxis, anaphylactic and anaphylactoid: reported terms use all three."""


@dataclass(frozen=True, slots=True)
class _Criterion:
    text: str
    holds: Truth


def dose_limiting(
    event: EventFacts,
    *,
    subject: SubjectFacts,
    window: ObservationWindow,
    policy: GatePolicy,
    as_of: datetime,
    timezone: str,
) -> Finding:
    """One criterion that holds is enough; one that cannot be decided leaves the event undetermined.

    The grade is the highest since the first infusion: a grade that an event of the window reached later still describes
    that event, and a later correction can raise it. Grade and special interest count unless causality is denied.
    Source: gate policy ``DLT``; NCI CTCAE for the grades.
    """
    relation = causality(event, policy=policy, as_of=as_of, timezone=timezone)
    criteria = (
        _severe(event, window=window, policy=policy, relation=relation),
        _special_interest(event, window=window, policy=policy, relation=relation),
        _Criterion("anaphylaxis", None if not event.term else ANAPHYLAXIS in event.term.casefold()),
        _Criterion("an infusion reaction that stopped the infusion", _reaction_stopped(event, subject=subject)),
        _Criterion("a related serious event", _related_serious(event, relation=relation)),
    )
    met = [criterion.text for criterion in criteria if criterion.holds is True]
    if met:
        return counts(f"dose-limiting: {', '.join(met)}; {relation.why}")
    possible = [criterion.text for criterion in criteria if criterion.holds is None]
    if possible:
        return undetermined(f"not decided whether it is {', '.join(possible)}; {relation.why}")
    return does_not_count(f"it meets no criterion of a dose-limiting event; {relation.why}")


def _severe(event: EventFacts, *, window: ObservationWindow, policy: GatePolicy, relation: Causality) -> _Criterion:
    minimum = policy.dlt_minimum_grade
    reached = _reaches(event, minimum=minimum, window=window, policy=policy)
    return _Criterion(f"grade {minimum} or higher", all_of((reached, relation.related)))


def _special_interest(
    event: EventFacts, *, window: ObservationWindow, policy: GatePolicy, relation: Causality
) -> _Criterion:
    minimum = policy.special_interest_minimum_grade
    reached = _reaches(event, minimum=minimum, window=window, policy=policy)
    return _Criterion(
        f"an event of special interest of grade {minimum} or higher",
        all_of((event.special_interest, reached, relation.related)),
    )


def _reaches(event: EventFacts, *, minimum: int, window: ObservationWindow, policy: GatePolicy) -> Truth:
    grades = grades_since_infusion(event, opens_on=window.opens_on) or event.grades
    if not grades:
        return True if policy.unknown_grade_counts else None
    return max(entry.grade for entry in grades) >= minimum


def _reaction_stopped(event: EventFacts, *, subject: SubjectFacts) -> Truth:
    stopped = event.stopped_infusion
    if stopped is None and not any(infusion.stopped_for is StopReason.REACTION for infusion in subject.infusions):
        stopped = False
    return all_of((event.infusion_reaction, stopped))


def _related_serious(event: EventFacts, *, relation: Causality) -> Truth:
    """As stated, or as it follows from seriousness and causality: where two statements differ, the graver one holds."""
    serious = True if event.is_fatal else event.serious
    if serious is None and event.related_serious is not None:
        return event.related_serious
    return any_of((event.related_serious is True, all_of((serious, relation.related))))
