"""Which events count at the gate, by kind and by when they began. G numbers are those of the domain document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safety.rules.gate_facts import EventFacts, GradeFacts
from safety.rules.outcome import Verdict
from safety.rules.states import Relationship
from tests.builders.gate import baseline, evaluated, event, graded, moment, ok_cohort
from tests.builders.policy import gate_policy
from tests.unit.safety.gate_cases import DLT, NOT_PASSED, PASSED, RELATED, TEAE, UNDETERMINED, verdicts, with_events

RELATED_FEVER = event(term="Fever", relationship=Relationship.PROBABLE, special_interest=True, infusion_reaction=True)
HEADACHE = event("2025-03-08")
POSSIBLE = Relationship.POSSIBLE
LATE_AWARE = moment("2025-03-30T08:00")
PENDING_G3 = event("2025-03-29", grade=3, relationship=Relationship.NOT_ASSESSED, aware_at=LATE_AWARE)


@pytest.mark.parametrize(
    ("given", "teae", "related", "dlt"),
    [
        pytest.param(HEADACHE, NOT_PASSED, PASSED, PASSED, id="G04-unrelated-grade-1"),
        pytest.param(RELATED_FEVER, NOT_PASSED, NOT_PASSED, PASSED, id="G05-related-fever-grade-1"),
        pytest.param(
            replace(RELATED_FEVER, grades=(GradeFacts(grade=2),)),
            NOT_PASSED,
            NOT_PASSED,
            NOT_PASSED,
            id="G05-special-interest-grade-2",
        ),
        pytest.param(
            replace(RELATED_FEVER, grades=(GradeFacts(grade=2),), relationship=Relationship.UNLIKELY),
            NOT_PASSED,
            PASSED,
            PASSED,
            id="G05-special-interest-grade-2-unlikely",
        ),
        pytest.param(
            replace(RELATED_FEVER, stopped_infusion=True), NOT_PASSED, NOT_PASSED, NOT_PASSED, id="reaction-stopped"
        ),
        pytest.param(event(grade=2, relationship=POSSIBLE), NOT_PASSED, NOT_PASSED, PASSED, id="grade-2-related"),
        pytest.param(event(grade=3, relationship=POSSIBLE), NOT_PASSED, NOT_PASSED, NOT_PASSED, id="grade-3-related"),
        pytest.param(event(grade=4), NOT_PASSED, PASSED, PASSED, id="grade-4-unrelated"),
        pytest.param(event(term="Anaphylactic shock"), NOT_PASSED, PASSED, NOT_PASSED, id="anaphylaxis-any-grade"),
        pytest.param(
            event(serious=True, relationship=POSSIBLE), NOT_PASSED, NOT_PASSED, NOT_PASSED, id="related-serious"
        ),
        pytest.param(event(serious=True), NOT_PASSED, PASSED, PASSED, id="unrelated-serious"),
        pytest.param(event(related_serious=True), NOT_PASSED, PASSED, NOT_PASSED, id="stated-related-serious"),
        pytest.param(
            event(serious=None, related_serious=None, relationship=POSSIBLE),
            NOT_PASSED,
            NOT_PASSED,
            UNDETERMINED,
            id="seriousness-not-known",
        ),
        pytest.param(
            event(grade=2, special_interest=None, relationship=POSSIBLE),
            NOT_PASSED,
            NOT_PASSED,
            UNDETERMINED,
            id="special-interest-not-known",
        ),
        pytest.param(event(term=None), NOT_PASSED, PASSED, UNDETERMINED, id="term-not-known"),
        pytest.param(
            event(grade=None, relationship=POSSIBLE), NOT_PASSED, NOT_PASSED, NOT_PASSED, id="grade-not-known"
        ),
        pytest.param(PENDING_G3, NOT_PASSED, NOT_PASSED, UNDETERMINED, id="G13-G14-not-assessed"),
        pytest.param(
            event(relationship=Relationship.NOT_ASSESSED), NOT_PASSED, NOT_PASSED, PASSED, id="not-assessed-grade-1"
        ),
    ],
)
def test_the_policy_says_which_kind_of_event_counts(
    given: EventFacts, teae: Verdict, related: Verdict, dlt: Verdict
) -> None:
    assert verdicts(with_events(given)) == {TEAE: teae, RELATED: related, DLT: dlt}


def test_an_unknown_grade_is_an_open_question_where_the_policy_does_not_count_it() -> None:
    facts = with_events(event(grade=None, relationship=POSSIBLE))
    assert evaluated(facts, policy=gate_policy(DLT, unknown_grade_counts=False)).result is UNDETERMINED


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2025-04-06T23:59:59", UNDETERMINED), ("2025-04-07T00:00", NOT_PASSED)],
    ids=["G14-due-today", "G14-overdue"],
)
def test_g14_an_unassessed_event_is_undetermined_until_the_due_day_has_ended(as_of: str, expected: Verdict) -> None:
    result = evaluated(with_events(PENDING_G3), as_of=as_of, policy=gate_policy(DLT))
    assert result.result is expected
    assert [e.id for e in (*result.other_events, *result.qualifying_events)] == ["E1"]


def test_g14_without_the_day_of_awareness_it_stays_undetermined() -> None:
    facts = with_events(replace(PENDING_G3, aware_at=None))
    assert evaluated(facts, as_of="2025-12-31T00:00", policy=gate_policy(DLT)).result is UNDETERMINED


def test_progression_of_the_lung_disease_counts_unless_the_policy_makes_it_an_endpoint() -> None:
    facts = with_events(event(progression_of_ild=True))
    assert evaluated(facts).result is NOT_PASSED
    assert evaluated(facts, policy=gate_policy(progression_of_ild_counts=False)).result is PASSED


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        pytest.param("2025-03-31T23:00", NOT_PASSED, id="G06-day-28"),
        pytest.param("2025-03-31T23:59:59", NOT_PASSED, id="G06-last-second"),
        pytest.param("2025-04-01T00:00:00", PASSED, id="G07-first-second-after"),
        pytest.param("2025-04-01T00:30", PASSED, id="G07-day-29"),
        pytest.param("2025-03-31", NOT_PASSED, id="day-28-without-time"),
        pytest.param("2025-04-01", PASSED, id="day-29-without-time"),
        pytest.param("2025-03-03", NOT_PASSED, id="infusion-day-without-time"),
        pytest.param("2025-03-03T10:00:00", NOT_PASSED, id="at-the-start"),
        pytest.param("2025-03-03T09:59:59", PASSED, id="a-second-before-the-start"),
        pytest.param("2025-03-03T10:00", NOT_PASSED, id="in-the-minute-of-the-start"),
        pytest.param("2025-03-03T09:59", PASSED, id="in-the-minute-before"),
        pytest.param("2025-03-02", PASSED, id="G09-day-before"),
        pytest.param("2025-03", NOT_PASSED, id="partial-month-of-infusion"),
        pytest.param("2025-04", PASSED, id="partial-month-after"),
        pytest.param("2025-02", PASSED, id="partial-month-before"),
        pytest.param("2025", NOT_PASSED, id="partial-year"),
        pytest.param("2024", PASSED, id="partial-year-before"),
        pytest.param(None, NOT_PASSED, id="not-known"),
        pytest.param("2025-03-31T16:00:00+00:00", PASSED, id="day-29-in-another-zone"),
        pytest.param("2025-03-31T15:59:59+00:00", NOT_PASSED, id="day-28-in-another-zone"),
    ],
)
def test_an_event_counts_if_it_may_have_begun_in_the_window(began: str | None, expected: Verdict) -> None:
    result = evaluated(with_events(event(began)), as_of="2025-05-02T09:00")
    assert result.result is expected
    listed = result.qualifying_events if expected is NOT_PASSED else result.other_events
    assert [(e.id, bool(e.why)) for e in listed] == [("E1", True)]


BEFORE, DAY_0, DAY_10, DAY_28, DAY_29 = "2025-02-20", "2025-03-03", "2025-03-13", "2025-03-31", "2025-04-01"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(event(BEFORE, grades=graded((1, BEFORE), (1, DAY_10))), PASSED, id="G09-same-grade-after"),
        pytest.param(event(BEFORE, grades=graded((1, BEFORE), (2, DAY_10))), NOT_PASSED, id="G09-worse-after"),
        pytest.param(event(BEFORE, grades=graded((2, BEFORE), (1, DAY_10))), PASSED, id="G09-better-after"),
        pytest.param(event(BEFORE), PASSED, id="G09-one-undated-grade"),
        pytest.param(event(BEFORE, grade=None), PASSED, id="G09-never-graded"),
        pytest.param(event(BEFORE, grades=graded((2, DAY_10))), NOT_PASSED, id="grade-before-not-known"),
        pytest.param(event(DAY_10, baseline=baseline(1), grades=graded((2, DAY_10))), NOT_PASSED, id="G10-worsening"),
        pytest.param(event(BEFORE, baseline=baseline(1), grades=graded((2, DAY_10))), NOT_PASSED, id="G10-old-onset"),
        pytest.param(event(BEFORE, baseline=baseline(1), grades=graded((2, DAY_0))), NOT_PASSED, id="G10-on-day-0"),
        pytest.param(event(BEFORE, baseline=baseline(1), grades=graded((2, DAY_28))), NOT_PASSED, id="G10-on-day-28"),
        pytest.param(event(BEFORE, baseline=baseline(1), grades=graded((2, DAY_29))), PASSED, id="G10-on-day-29"),
        pytest.param(
            event(DAY_10, term="Vital capacity abnormal", baseline=baseline(2), grades=graded((2, DAY_10))),
            PASSED,
            id="G11-unchanged",
        ),
        pytest.param(event(DAY_10, baseline=baseline(2), serious=True), NOT_PASSED, id="become-serious"),
        pytest.param(event(DAY_10, baseline=baseline(None)), NOT_PASSED, id="baseline-grade-not-known"),
        pytest.param(event(DAY_10, baseline=baseline(1), grade=None), NOT_PASSED, id="present-grade-not-known"),
    ],
)
def test_what_was_there_before_counts_only_when_it_worsens_in_the_window(given: EventFacts, expected: Verdict) -> None:
    assert evaluated(with_events(given)).result is expected


def test_g20_a_voided_event_is_listed_and_does_not_count() -> None:
    voided = event(voided_at=moment("2025-03-20T10:00"), recorded_at=moment("2025-03-11T10:00"))
    before = evaluated(with_events(voided), as_of="2025-03-20T09:59:59")
    after = evaluated(with_events(voided))
    assert (before.result, after.result) == (NOT_PASSED, PASSED)
    assert [(e.id, "voided" in e.why) for e in after.other_events] == [("E1", True)]
    assert evaluated(with_events(event(voided=True))).result is PASSED


@pytest.mark.parametrize(("allowed", "expected"), [(0, NOT_PASSED), (1, NOT_PASSED), (2, PASSED)])
def test_allowed_events_are_events_and_not_subjects(allowed: int, expected: Verdict) -> None:
    facts = with_events(event(), replace(event(), id="E2"))
    result = evaluated(facts, policy=gate_policy(allowed_events=(allowed, 0, 0)))
    assert result.result is expected
    assert (result.upper_limits.events, result.upper_limits.subjects) == (1, 3)


def test_an_event_of_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the cohort"):
        ok_cohort(events=(event(subject=9),))
