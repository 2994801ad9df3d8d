"""Which subjects a gate can judge: death, withdrawal, visits, doses. G numbers are those of the domain document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from safety.rules.cohort_state import CohortState
from safety.rules.gate_facts import StopReason, SuspensionFacts
from safety.rules.outcome import Verdict
from tests.builders.gate import (
    codes,
    evaluated,
    event,
    infusion,
    moment,
    ok_cohort,
    ok_second_cohort,
    ok_subject,
    with_subject,
)
from tests.builders.policy import gate_policy
from tests.unit.safety.gate_cases import NOT_PASSED, NOT_READY, PASSED, SUSPENDED, subject_of, verdicts, with_events


def test_g21_a_death_suspends_at_once_and_counts_when_it_is_reviewed() -> None:
    facts = with_subject(ok_cohort(), 2, died_at=moment("2025-03-09T04:00"), d28_visit_on=None)
    assert evaluated(facts, as_of="2025-03-09T03:59:59").result is NOT_READY
    assert codes(evaluated(facts, as_of="2025-03-09T04:00")) >= {"GATE-DEATH", "GATE-EVENT"}
    assert evaluated(facts, as_of="2025-03-09T04:00").result is SUSPENDED
    assert evaluated(facts).result is SUSPENDED
    reviewed = with_subject(facts, 2, death_reviewed_at=moment("2025-03-20T10:00"))
    result = evaluated(reviewed)
    assert (result.result, [e.id for e in result.qualifying_events]) == (NOT_PASSED, ["death-2"])


def test_g21_a_fatal_event_is_a_death_and_stands_for_itself() -> None:
    facts = with_events(event(grade=5))
    assert evaluated(facts).result is SUSPENDED
    with_death = with_subject(facts, 3, died_at=moment("2025-03-10T10:00"))
    assert [e.id for e in evaluated(with_death).qualifying_events] == ["E1"]


def test_a_review_before_the_death_is_no_review_of_it() -> None:
    facts = with_subject(
        ok_cohort(), 2, died_at=moment("2025-03-09T04:00"), death_reviewed_at=moment("2025-03-09T03:00")
    )
    assert evaluated(facts).result is SUSPENDED


@pytest.mark.parametrize(
    ("since", "expected"),
    [("2025-04-02T09:00", SUSPENDED), ("2025-04-02T09:00:01", PASSED), (None, SUSPENDED)],
    ids=["now", "later", "not-known"],
)
def test_a_suspension_of_the_trial_suspends_the_gate(since: str | None, expected: Verdict) -> None:
    suspension = SuspensionFacts(reason="DSMB request", since=None if since is None else moment(since))
    assert evaluated(ok_cohort(suspended=suspension)).result is expected


WITHDRAWN = with_subject(ok_cohort(), 3, withdrawn_on=date(2025, 3, 15), d28_visit_on=None)
REPLACEMENT = ok_subject(11, "2025-04-07T10:00", d28="2025-05-05")


def test_g23_a_withdrawn_subject_without_event_is_not_evaluable_and_leaves_a_vacant_slot() -> None:
    result = evaluated(WITHDRAWN)
    assert (result.result, result.state, codes(result)) == (NOT_READY, CohortState.OPEN, {"GATE-EVALUABLE"})
    assert subject_of(result, 3) == (False, "withdrew on 2025-03-15, before the observation window was completed")
    assert result.earliest_review_at is None


def test_g23_the_clock_restarts_with_the_replacement() -> None:
    replaced = with_subject(WITHDRAWN, 3, replaced_by=11)
    facts = replace(replaced, subjects=(*replaced.subjects, REPLACEMENT))
    during, after = evaluated(facts, as_of="2025-05-05T23:59:59"), evaluated(facts, as_of="2025-05-06T00:00")
    assert (during.result, during.state) == (NOT_READY, CohortState.OBSERVING)
    assert during.earliest_review_at == moment("2025-05-06T00:00")
    assert (after.result, subject_of(after, 3)) == (PASSED, (False, "was replaced by subject 11"))


def test_an_event_of_a_replaced_subject_counts() -> None:
    replaced = with_subject(WITHDRAWN, 3, replaced_by=11)
    facts = replace(replaced, subjects=(*replaced.subjects, REPLACEMENT), events=(event(),))
    assert evaluated(facts, as_of="2025-05-10T09:00").result is NOT_PASSED


def test_g24_a_subject_who_withdraws_after_an_event_is_evaluable() -> None:
    result = evaluated(replace(WITHDRAWN, events=(event("2025-03-13", term="Rash"),)))
    assert (result.result, subject_of(result, 3)[0], codes(result)) == (NOT_PASSED, True, {"GATE-EVENT"})


@pytest.mark.parametrize(
    ("withdrawn_on", "evaluable"), [("2025-03-30", False), ("2025-03-31", True)], ids=["day-27", "day-28"]
)
def test_withdrawal_before_the_last_day_of_the_window(withdrawn_on: str, evaluable: bool) -> None:
    facts = with_subject(ok_cohort(), 3, withdrawn_on=date.fromisoformat(withdrawn_on))
    assert subject_of(evaluated(facts), 3)[0] is evaluable


@pytest.mark.parametrize(
    ("suffices", "phoned_on", "expected"),
    [(False, "2025-04-02", NOT_READY), (True, "2025-04-02", PASSED), (True, "2025-03-30", NOT_READY)],
    ids=["G25-phone-does-not-suffice", "G25-phone-suffices", "G25-phoned-before-the-end"],
)
def test_g25_lost_to_follow_up_with_a_telephone_contact(suffices: bool, phoned_on: str, expected: Verdict) -> None:
    facts = with_subject(
        ok_cohort(),
        3,
        lost_on=date(2025, 3, 18),
        d28_visit_on=None,
        phone_contact_on=date.fromisoformat(phoned_on),
    )
    assert evaluated(facts, policy=gate_policy(phone_contact_suffices=suffices)).result is expected


@pytest.mark.parametrize(
    ("visit_on", "expected", "reasons"),
    [
        (None, NOT_READY, {"GATE-D28", "GATE-EVALUABLE"}),
        ("2025-03-30", NOT_READY, {"GATE-D28", "GATE-EVALUABLE"}),
        ("2025-03-31", PASSED, set()),
        ("2025-04-03", PASSED, set()),
        ("2025-04-04", PASSED, set()),
        ("2025-04-11", NOT_READY, {"GATE-D28", "GATE-EVALUABLE"}),
    ],
    ids=["missing", "day-27", "day-28", "day-31", "day-32-late", "after-as-of"],
)
def test_d28_safety_data(visit_on: str | None, expected: Verdict, reasons: set[str]) -> None:
    facts = with_subject(ok_cohort(), 3, d28_visit_on=date.fromisoformat(visit_on) if visit_on else None)
    result = evaluated(facts, as_of="2025-04-10T09:00")
    assert (result.result, codes(result)) == (expected, reasons)
    assert ("after its visit window" in subject_of(result, 3)[1]) is (visit_on == "2025-04-04")


def test_g28_an_event_for_which_the_next_infusion_is_withheld_counts() -> None:
    facts = with_subject(
        ok_second_cohort(events=(event("2025-06-05", subject=5, grade=2),)),
        5,
        infusions=(infusion("2025-05-15T10:00"),),
        d28_visit_on=None,
    )
    result = evaluated(facts, as_of="2025-08-01T09:00", cohort=2)
    assert (result.result, codes(result)) == (NOT_PASSED, {"GATE-EVENT"})


def test_g29_a_late_infusion_moves_the_window_with_its_actual_date() -> None:
    facts = with_subject(
        ok_second_cohort(),
        5,
        infusions=(infusion("2025-05-15T10:00"), infusion("2025-06-21T10:00", number=2)),
        d28_visit_on=date(2025, 7, 19),
    )
    result = evaluated(facts, as_of="2025-07-31T00:00", cohort=2)
    late = next(s for s in result.subjects if s.number == 5)
    assert (result.result, late.evaluable) == (PASSED, True)
    assert late.window_closes_at == moment("2025-07-19T23:59:59")
    between = replace(facts, events=(event("2025-06-16", subject=5),))
    assert evaluated(between, as_of="2025-07-31T00:00", cohort=2).result is NOT_PASSED


def test_a_subject_who_has_not_had_all_infusions_is_not_evaluable() -> None:
    facts = with_subject(ok_second_cohort(), 5, infusions=(infusion("2025-05-15T10:00"),))
    result = evaluated(facts, as_of="2025-07-31T00:00", cohort=2)
    assert (result.result, subject_of(result, 5)) == (NOT_READY, (False, "has received 1 of 2 planned infusions"))


@pytest.mark.parametrize(
    ("fraction", "evaluable"),
    [
        ("0.577", False),
        ("0.7999", False),
        ("0.79999999", False),
        ("0.8", True),
        ("0.80", True),
        ("1.15", True),
        (None, False),
    ],
    ids=["G35-pump-failure", "0.7999", "just-below", "0.8", "0.80", "G37-overdose", "not-known"],
)
def test_g35_g37_the_given_dose_decides_whether_a_subject_is_evaluable(fraction: str | None, evaluable: bool) -> None:
    technical = infusion("2025-03-03T10:00", fraction=fraction, stopped_for=StopReason.TECHNICAL)
    facts = with_subject(ok_cohort(), 3, infusions=(technical,))
    result = evaluated(facts)
    assert (subject_of(result, 3)[0], result.result) == (evaluable, PASSED if evaluable else NOT_READY)


@pytest.mark.parametrize(("given", "evaluable"), [("0.7999", False), ("0.8000", True)])
def test_without_a_recorded_fraction_the_two_doses_are_divided(given: str, evaluable: bool) -> None:
    doses: dict[str, Any] = {"planned_million_per_kg": Decimal(1), "given_million_per_kg": Decimal(given)}
    facts = with_subject(ok_cohort(), 3, infusions=(infusion("2025-03-03T10:00", fraction=None, **doses),))
    assert subject_of(evaluated(facts), 3)[0] is evaluable


def test_an_infusion_stopped_for_a_reaction_is_an_event_though_nobody_entered_one() -> None:
    facts = with_subject(
        ok_cohort(), 3, infusions=(infusion("2025-03-03T10:00", fraction="0.9", stopped_for=StopReason.REACTION),)
    )
    assert set(verdicts(facts).values()) == {NOT_PASSED}
    entered = replace(facts, events=(event("2025-03-03", infusion_reaction=True, stopped_infusion=True),))
    assert [e.id for e in evaluated(entered).qualifying_events] == ["E1"]
