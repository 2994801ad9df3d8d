"""Facts of a safety gate that is passed, to be broken one thing at a time.

Cohort 1: subjects 1 to 3, infused on 3 February, 17 February and 3 March 2025; all windows are over on 1 April.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from safety.rules.gate import GateResult, evaluate_gate
from safety.rules.gate_facts import (
    BaselineFacts,
    CohortFacts,
    DecisionFacts,
    EventFacts,
    GradeFacts,
    InfusionFacts,
    SignatureFacts,
    SubjectFacts,
)
from safety.rules.onset import Onset
from safety.rules.states import GateDecision, Relationship
from tests.builders.policy import cohort_plan, gate_policy
from trial.protocol.schema import GatePolicy
from trial.rules.site_time import from_wall_clock

TAIPEI = "Asia/Taipei"
AFTER_ALL_WINDOWS = "2025-04-02T09:00"
SIGNATORIES = ("principal_investigator", "medical_monitor")
FIRST_COHORT_STARTS = {1: "2025-02-03T10:00", 2: "2025-02-17T10:00", 3: "2025-03-03T10:00"}


def moment(text: str) -> datetime:
    return from_wall_clock(datetime.fromisoformat(text), timezone=TAIPEI)


def onset(text: str) -> Onset:
    return Onset.parse(text, timezone=TAIPEI)


def infusion(started: str, *, number: int = 1, fraction: str | None = "1", **changes: Any) -> InfusionFacts:
    given = None if fraction is None else Decimal(fraction)
    return InfusionFacts(number=number, started_at=moment(started), given_fraction=given, **changes)


def ok_subject(number: int, *starts: str, d28: str, **changes: Any) -> SubjectFacts:
    given = tuple(infusion(start, number=k) for k, start in enumerate(starts, start=1))
    facts = SubjectFacts(number=number, infusions=given, d28_visit_on=date.fromisoformat(d28))
    return replace(facts, **changes)


def ok_cohort(**changes: Any) -> CohortFacts:
    facts = CohortFacts(
        subjects=(
            ok_subject(1, FIRST_COHORT_STARTS[1], d28="2025-03-03"),
            ok_subject(2, FIRST_COHORT_STARTS[2], d28="2025-03-17"),
            ok_subject(3, FIRST_COHORT_STARTS[3], d28="2025-03-31"),
        ),
        events=(),
        incomplete=(),
    )
    return replace(facts, **changes)


def ok_second_cohort(**changes: Any) -> CohortFacts:
    """Subjects 4 to 7 with two infusions each, the last of them on 2 July 2025; windows over on 31 July."""
    starts = {
        4: ("2025-05-01T10:00", "2025-05-29T10:00", "2025-06-26"),
        5: ("2025-05-15T10:00", "2025-06-12T10:00", "2025-07-10"),
        6: ("2025-05-22T10:00", "2025-06-19T10:00", "2025-07-17"),
        7: ("2025-06-04T10:00", "2025-07-02T10:00", "2025-07-30"),
    }
    subjects = tuple(ok_subject(number, first, second, d28=d28) for number, (first, second, d28) in starts.items())
    return replace(CohortFacts(subjects=subjects, events=(), incomplete=()), **changes)


def with_subject(facts: CohortFacts, number: int, **changes: Any) -> CohortFacts:
    return replace(
        facts,
        subjects=tuple(replace(s, **changes) if s.number == number else s for s in facts.subjects),
    )


def event(began: str | None = "2025-03-10", *, subject: int = 3, grade: int | None = 1, **changes: Any) -> EventFacts:
    """A mild, unrelated headache of subject 3 on day 7, known since then."""
    facts = EventFacts(
        id="E1",
        subject=subject,
        term="Headache",
        onset=None if began is None else onset(began),
        grades=() if grade is None else (GradeFacts(grade=grade),),
        serious=False,
        related_serious=False,
        special_interest=False,
        relationship=Relationship.UNRELATED,
        infusion_reaction=False,
        stopped_infusion=False,
    )
    return replace(facts, **changes)


def graded(*rows: tuple[int, str]) -> tuple[GradeFacts, ...]:
    return tuple(GradeFacts(grade=grade, on=date.fromisoformat(on)) for grade, on in rows)


def baseline(grade: int | None) -> BaselineFacts:
    return BaselineFacts(present=True, grade=grade)


def decision(
    kind: GateDecision = GateDecision.PROCEED,
    *votes: tuple[str, GateDecision, str],
    at: str | None = "2025-04-01T09:00",
    policy: GatePolicy | None = None,
) -> DecisionFacts:
    return DecisionFacts(
        decision=kind,
        at=None if at is None else moment(at),
        policy=policy,
        signatures=tuple(SignatureFacts(role=role, vote=vote, at=moment(when)) for role, vote, when in votes),
    )


def agreed(
    kind: GateDecision = GateDecision.PROCEED, *, on: str = "2025-04-01", policy: GatePolicy | None = None
) -> DecisionFacts:
    """Convened at 9, signed by the investigator at 10 and by the medical monitor at 11."""
    votes = [(role, kind, f"{on}T{hour}:00") for role, hour in zip(SIGNATORIES, (10, 11), strict=True)]
    return decision(kind, *votes, at=f"{on}T09:00", policy=policy)


def evaluated(
    facts: CohortFacts, *, as_of: str = AFTER_ALL_WINDOWS, policy: GatePolicy | None = None, cohort: int = 1
) -> GateResult:
    return evaluate_gate(
        facts, policy=policy or gate_policy(), cohort=cohort_plan(cohort), timezone=TAIPEI, as_of=moment(as_of)
    )


def codes(result: GateResult) -> set[str]:
    return {reason.code for reason in result.reasons}
