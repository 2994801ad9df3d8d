"""What holds for every cohort: the order of entry decides nothing, and no event ever opens a gate."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.rules.gate import GateResult
from safety.rules.gate_facts import (
    BaselineFacts,
    CohortFacts,
    EventFacts,
    GradeFacts,
    InfusionFacts,
    StopReason,
    SubjectFacts,
)
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision, Relationship
from tests.builders.gate import agreed, decision, evaluated, moment, onset
from tests.builders.policy import gate_policy
from trial.protocol.schema import Trigger

Row = TypeVar("Row")

START = date(2025, 3, 3)
MAYBE = st.sampled_from([True, False, None])
days = st.integers(-3, 40).map(lambda n: START + timedelta(days=n))
clock = st.sampled_from(["00:00:00", "09:59:59", "10:00:00", "23:59:59"])
instants = st.builds(lambda on, at: moment(f"{on}T{at}"), days, clock)
onsets = st.one_of(
    st.none(),
    days.map(lambda on: onset(on.isoformat())),
    st.sampled_from(["2025", "2025-02", "2025-03", "2025-04"]).map(onset),
    instants.map(lambda at: onset(at.isoformat())),
)
grades = st.builds(
    GradeFacts,
    grade=st.integers(1, 4) | st.integers(1, 5),
    on=st.none() | days,
    recorded_at=st.none() | instants,
)
infusions = st.builds(
    InfusionFacts,
    number=st.just(1),
    started_at=st.none() | instants,
    given_fraction=st.sampled_from([None, Decimal("0.7999"), Decimal("0.8"), Decimal(1)]),
    stopped_for=st.sampled_from([None, None, *StopReason]),
)


def evaluable(number: int) -> SubjectFacts:
    given = InfusionFacts(number=1, started_at=moment(f"{START}T10:00"), given_fraction=Decimal(1))
    return SubjectFacts(number=number, infusions=(given,), d28_visit_on=START + timedelta(days=28))


def subjects(number: int) -> st.SearchStrategy[SubjectFacts]:
    """Most are evaluable, so that much depends on the one who is not, and on the events."""
    seldom = st.none() | st.none() | days
    ok = st.just(evaluable(number))
    return (
        ok
        | ok
        | st.builds(
            SubjectFacts,
            number=st.just(number),
            infusions=st.tuples(infusions),
            withdrawn_on=seldom,
            lost_on=seldom,
            d28_visit_on=st.none() | days.map(lambda on: on + timedelta(days=28)),
            replaced_by=st.sampled_from([None, None, None, 11]),
        )
    )


def events(ident: str) -> st.SearchStrategy[EventFacts]:
    return st.builds(
        EventFacts,
        id=st.just(ident),
        subject=st.integers(1, 3),
        term=st.sampled_from([None, "Headache", "Anaphylaxis"]),
        onset=onsets,
        grades=st.lists(grades, max_size=3).map(tuple),
        serious=MAYBE,
        related_serious=MAYBE,
        special_interest=MAYBE,
        relationship=st.sampled_from(Relationship),
        aware_at=st.none() | instants,
        infusion_reaction=MAYBE,
        stopped_infusion=MAYBE,
        baseline=st.none() | st.builds(BaselineFacts, present=st.booleans(), grade=st.none() | st.integers(1, 4)),
        recorded_at=st.none() | instants,
    )


voided = st.booleans().flatmap(lambda yes: events("E1").map(lambda event: replace(event, voided=yes)))
cohorts = st.builds(
    CohortFacts,
    subjects=st.tuples(subjects(1), subjects(2), subjects(3)),
    events=st.just(()) | st.just(()) | st.tuples(voided) | st.tuples(voided, events("E2")),
    incomplete=st.sampled_from([(), (), (), ("query 1", "query 2")]),
    decisions=st.lists(
        st.sampled_from(
            [agreed(), agreed(GateDecision.HOLD), decision(at=None), agreed(on="2025-05-20"), agreed(on="2025-05-21")]
        ),
        max_size=3,
    ).map(tuple),
)
as_ofs = st.sampled_from(
    ["2025-03-20T12:00", "2025-04-01T00:00", "2025-04-20T00:00", "2025-06-01T00:00", "2025-06-02T00:00"]
)
triggers = st.sampled_from(Trigger)


@settings(max_examples=200, deadline=None)
@given(facts=cohorts, as_of=as_ofs, trigger=triggers, seed=st.integers(0, 2**16))
def test_the_order_of_entry_never_changes_the_result(
    facts: CohortFacts, as_of: str, trigger: Trigger, seed: int
) -> None:
    chance = random.Random(seed)

    def shuffled(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(chance.sample(rows, len(rows)))

    other = replace(
        facts,
        subjects=shuffled(facts.subjects),
        events=shuffled(tuple(replace(event, grades=shuffled(event.grades)) for event in facts.events or ())),
        incomplete=shuffled(facts.incomplete or ()),
        decisions=shuffled(
            tuple(replace(given, signatures=shuffled(given.signatures)) for given in facts.decisions),
        ),
    )
    policy = gate_policy(trigger)
    assert evaluated(facts, as_of=as_of, policy=policy) == evaluated(other, as_of=as_of, policy=policy)


@settings(max_examples=200, deadline=None)
@given(facts=cohorts, added=events("E9"), as_of=as_ofs, trigger=triggers)
def test_one_more_event_never_passes_a_gate(
    facts: CohortFacts, added: EventFacts, as_of: str, trigger: Trigger
) -> None:
    policy = gate_policy(trigger)
    before = evaluated(facts, as_of=as_of, policy=policy)
    after = evaluated(replace(facts, events=(*(facts.events or ()), added)), as_of=as_of, policy=policy)
    if before.result is not Verdict.PASSED:
        assert after.result is not Verdict.PASSED
    if not before.next_cohort_open:
        assert not after.next_cohort_open


@settings(max_examples=200, deadline=None)
@given(facts=cohorts, as_of=as_ofs, trigger=triggers)
def test_the_answer_agrees_with_itself(facts: CohortFacts, as_of: str, trigger: Trigger) -> None:
    result = evaluated(facts, as_of=as_of, policy=gate_policy(trigger))
    assert (result.result is Verdict.PASSED) is not bool(result.reasons)
    assert result.under[trigger] is result.result
    assert result.next_cohort_open is (result.state == "PASSED_PROCEED")
    if result.next_cohort_open:
        assert result.result is Verdict.PASSED
    _literal_is_strictest(result)


def _literal_is_strictest(result: GateResult) -> None:
    """Whatever counts under a preset counts under the public text, taken at its word."""
    if result.under[Trigger.ANY_TEAE] is Verdict.PASSED:
        assert result.under[Trigger.DLT] is Verdict.PASSED
        assert result.under[Trigger.ANY_RELATED_TEAE] is Verdict.PASSED


@pytest.mark.parametrize("trigger", Trigger)
def test_the_laws_are_not_kept_by_refusing_always(trigger: Trigger) -> None:
    facts = CohortFacts(subjects=(evaluable(1), evaluable(2), evaluable(3)), events=(), incomplete=())
    assert evaluated(facts, as_of="2025-04-01T00:00", policy=gate_policy(trigger)).result is Verdict.PASSED
