"""The acceptance scenarios of the gate; G numbers are those of the domain document. Dates are site-local."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from safety.rules.cohort_state import CohortState
from safety.rules.gate import GateResult
from safety.rules.gate_facts import CohortFacts, DecisionFacts, EventFacts, GradeFacts, StopReason, SuspensionFacts
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision, Relationship
from tests.builders.gate import (
    agreed,
    baseline,
    codes,
    decision,
    evaluated,
    event,
    graded,
    infusion,
    moment,
    ok_cohort,
    ok_second_cohort,
    ok_subject,
    with_subject,
)
from tests.builders.policy import gate_policy
from trial.protocol.schema import Trigger

PROCEED, HOLD, STOP = GateDecision.PROCEED, GateDecision.HOLD, GateDecision.STOP
TEAE, RELATED, DLT = Trigger.ANY_TEAE, Trigger.ANY_RELATED_TEAE, Trigger.DLT
PASSED, NOT_PASSED, NOT_READY = Verdict.PASSED, Verdict.NOT_PASSED, Verdict.NOT_READY
UNDETERMINED, SUSPENDED = Verdict.UNDETERMINED, Verdict.SUSPENDED


def with_events(*events: EventFacts) -> CohortFacts:
    return ok_cohort(events=events)


def verdicts(facts: CohortFacts, as_of: str = "2025-04-02T09:00") -> dict[Trigger, Verdict]:
    under = dict(evaluated(facts, as_of=as_of).under)
    for trigger, verdict in under.items():
        assert evaluated(facts, as_of=as_of, policy=gate_policy(trigger)).result is verdict
    return under


def subject_of(result: GateResult, number: int) -> tuple[bool, str]:
    return next((s.evaluable, s.why) for s in result.subjects if s.number == number)


# ------------------------------------------------------------------------------------------- passing and signing


def test_g01_a_clean_complete_cohort_passes_and_opens_the_next_only_with_the_last_signature() -> None:
    facts = ok_cohort(decisions=(agreed(),))
    before = evaluated(facts, as_of="2025-04-01T10:59:59")
    assert (before.result, before.next_cohort_open, before.state) == (PASSED, False, CohortState.UNDER_REVIEW)
    assert before.signatures_missing == ("medical_monitor",)
    assert before.permission.codes == ("GATE-SIGNATURE",)
    after = evaluated(facts, as_of="2025-04-01T11:00")
    assert (after.result, after.reasons, after.next_cohort_open) == (PASSED, (), True)
    assert (after.state, after.signatures_missing) == (CohortState.PASSED_PROCEED, ())


def test_g01_without_a_decision_nothing_opens() -> None:
    result = evaluated(ok_cohort())
    assert (result.result, result.next_cohort_open, result.state) == (PASSED, False, CohortState.READY)
    assert result.signatures_missing == ("principal_investigator", "medical_monitor")
    assert result.permission.codes == ("GATE-DECISION",)


@pytest.mark.parametrize(
    ("as_of", "expected", "reasons", "state"),
    [
        ("2025-03-31T23:59:59", NOT_READY, {"GATE-WINDOW", "GATE-EVALUABLE"}, CohortState.OBSERVING),
        ("2025-04-01T00:00:00", PASSED, set(), CohortState.READY),
    ],
    ids=["G02-day-28-ends", "G02-day-29-begins"],
)
def test_g02_the_window_of_the_last_subject_ends_with_day_28(
    as_of: str, expected: Verdict, reasons: set[str], state: CohortState
) -> None:
    result = evaluated(ok_cohort(), as_of=as_of)
    assert (result.result, codes(result), result.state) == (expected, reasons, state)
    assert result.earliest_review_at == moment("2025-04-01T00:00")
    assert result.subjects[2].window_closes_at == moment("2025-03-31T23:59:59")


# ------------------------------------------------------------------------------------------- what kind of event counts

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


# ------------------------------------------------------------------------------------------- when an event counts


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


# ------------------------------------------------------------------------------------------- after PROCEED


def test_g16_a_grade_corrected_after_proceed_takes_the_permission_back() -> None:
    corrected = event(
        relationship=POSSIBLE,
        recorded_at=moment("2025-03-11T09:00"),
        grades=(
            GradeFacts(grade=2, on=date(2025, 3, 10), recorded_at=moment("2025-03-11T09:00")),
            GradeFacts(grade=3, on=date(2025, 3, 10), recorded_at=moment("2025-04-20T15:00")),
        ),
    )
    policy = gate_policy(DLT)
    facts = ok_cohort(events=(corrected,), decisions=(agreed(policy=policy),))
    before = evaluated(facts, as_of="2025-04-20T14:59:59", policy=policy)
    assert (before.result, before.state, before.next_cohort_open) == (PASSED, CohortState.PASSED_PROCEED, True)
    after = evaluated(facts, as_of="2025-04-20T15:00", policy=policy)
    assert (after.result, after.state, after.next_cohort_open) == (NOT_PASSED, CohortState.RE_REVIEW, False)
    assert set(after.permission.codes) == {"GATE-RESULT", "GATE-REVOKED"}


LATE_REPORT = event("2025-03-20", recorded_at=moment("2025-04-15T08:00"))


def test_g18_a_late_report_takes_the_permission_back_when_it_is_recorded() -> None:
    facts = ok_cohort(events=(LATE_REPORT,), decisions=(agreed(),))
    before = evaluated(facts, as_of="2025-04-15T07:59:59")
    assert (before.result, before.next_cohort_open, before.other_events) == (PASSED, True, ())
    after = evaluated(facts, as_of="2025-04-15T08:00")
    assert (after.result, after.state, after.next_cohort_open) == (NOT_PASSED, CohortState.RE_REVIEW, False)
    assert [reason.code for reason in after.revoking_reasons] == ["GATE-EVENT"]


def test_g20_a_permission_once_taken_back_stays_so_until_a_new_decision() -> None:
    voided_later = replace(LATE_REPORT, voided_at=moment("2025-04-18T08:00"))
    facts = ok_cohort(events=(voided_later,), decisions=(agreed(),))
    result = evaluated(facts, as_of="2025-04-20T09:00")
    assert (result.result, result.state, result.next_cohort_open) == (PASSED, CohortState.RE_REVIEW, False)
    assert result.permission.codes == ("GATE-REVOKED",)
    again = replace(facts, decisions=(agreed(), agreed(on="2025-04-19")))
    assert evaluated(again, as_of="2025-04-20T09:00").state is CohortState.PASSED_PROCEED


def test_a_proceed_that_was_signed_too_early_never_opens() -> None:
    result = evaluated(ok_cohort(decisions=(agreed(on="2025-03-31"),)))
    assert (result.result, result.state, result.next_cohort_open) == (PASSED, CohortState.RE_REVIEW, False)
    assert result.permission.codes == ("GATE-EARLY",)


def test_an_item_of_the_checklist_that_reopens_shows_and_is_no_revoking_reason() -> None:
    result = evaluated(ok_cohort(incomplete=("query 12",), decisions=(agreed(),)))
    assert (result.result, result.next_cohort_open, result.revoking_reasons) == (NOT_READY, False, ())
    assert result.permission.codes == ("GATE-RESULT",)


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2025-04-15T23:59:59", True), ("2025-04-16T00:00", False)], ids=["last-day", "day-after"]
)
def test_proceed_expires_where_the_policy_says_so(as_of: str, expected: bool) -> None:
    policy = gate_policy(proceed_valid_days=14)
    assert evaluated(ok_cohort(decisions=(agreed(),)), as_of=as_of, policy=policy).next_cohort_open is expected


# ------------------------------------------------------------------------------------------- death and suspension


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


# ------------------------------------------------------------------------------------------- evaluable

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
    entered = replace(facts, events=(event(DAY_0, infusion_reaction=True, stopped_infusion=True),))
    assert [e.id for e in evaluated(entered).qualifying_events] == ["E1"]


# ------------------------------------------------------------------------------------------- policy, checklist, votes


def test_g39_a_decision_stands_under_the_policy_of_its_day_and_of_today() -> None:
    late_mild = event("2025-03-20", recorded_at=moment("2025-04-15T08:00"))
    literal, amended = gate_policy(), gate_policy(DLT)
    signed_before = ok_cohort(events=(late_mild,), decisions=(agreed(policy=literal),))
    blocked = evaluated(signed_before, as_of="2025-04-16T09:00", policy=amended)
    assert (blocked.result, blocked.next_cohort_open, blocked.state) == (PASSED, False, CohortState.RE_REVIEW)
    signed_after = replace(signed_before, decisions=(agreed(on="2025-04-16", policy=amended),))
    opened = evaluated(signed_after, as_of="2025-04-17T09:00", policy=amended)
    assert (opened.result, opened.next_cohort_open) == (PASSED, True)
    assert (opened.under[TEAE], opened.under[DLT]) == (NOT_PASSED, PASSED)
    assert not evaluated(signed_after, as_of="2025-04-17T09:00", policy=literal).next_cohort_open


def test_g40_an_open_item_of_the_checklist_is_not_ready() -> None:
    result = evaluated(ok_cohort(incomplete=("D14 laboratory of subject 2 pending",)))
    assert (result.result, codes(result), result.state) == (NOT_READY, {"GATE-CHECKLIST"}, CohortState.OBSERVING)
    assert evaluated(ok_cohort(incomplete=())).result is PASSED


@pytest.mark.parametrize(
    ("change", "code"), [({"incomplete": None}, "GATE-CHECKLIST"), ({"events": None}, "GATE-EVENTS-UNKNOWN")]
)
def test_what_nobody_said_passes_no_gate(change: dict[str, None], code: str) -> None:
    result = evaluated(ok_cohort(**change))
    assert (result.result, codes(result)) == (NOT_READY, {code})


PI, MM = "principal_investigator", "medical_monitor"
AT_10, AT_11 = "2025-04-01T10:00", "2025-04-01T11:00"


@pytest.mark.parametrize(
    ("votes", "state", "missing"),
    [
        (((PI, PROCEED, AT_10), (MM, HOLD, AT_11)), CohortState.HELD, (MM,)),
        (((PI, PROCEED, AT_10), (MM, STOP, AT_11)), CohortState.HELD, (MM,)),
        (((PI, PROCEED, AT_10), (MM, PROCEED, AT_11), ("dsmb_member", HOLD, AT_11)), CohortState.HELD, ()),
        (((PI, PROCEED, AT_10), ("sponsor", PROCEED, AT_11)), CohortState.UNDER_REVIEW, (MM,)),
        ((), CohortState.UNDER_REVIEW, (PI, MM)),
        (((PI, PROCEED, AT_10), (MM, PROCEED, AT_11)), CohortState.PASSED_PROCEED, ()),
    ],
    ids=["G41-hold", "G41-stop", "hold-beside-all-signatories", "another-role", "nobody", "all"],
)
def test_g41_any_hold_wins_and_all_signatories_must_agree(
    votes: tuple[tuple[str, GateDecision, str], ...], state: CohortState, missing: tuple[str, ...]
) -> None:
    result = evaluated(ok_cohort(decisions=(decision(PROCEED, *votes),)))
    assert (result.state, result.signatures_missing) == (state, missing)
    assert result.next_cohort_open is (state is CohortState.PASSED_PROCEED)


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ((agreed(), agreed(HOLD, on="2025-04-02")), CohortState.HELD),
        ((agreed(HOLD), agreed(on="2025-04-02")), CohortState.PASSED_PROCEED),
        ((agreed(STOP), agreed(on="2025-04-02")), CohortState.STOPPED),
        ((agreed(), decision(HOLD, at="2025-04-01T09:00")), CohortState.HELD),
        ((agreed(), decision(HOLD, at=None)), CohortState.HELD),
        ((agreed(HOLD), decision(PROCEED, at="2025-04-02T08:00")), CohortState.HELD),
        ((agreed(GateDecision.EXPAND),), CohortState.READY),
        ((agreed(), agreed(GateDecision.CONTINUE, on="2025-04-02")), CohortState.PASSED_PROCEED),
    ],
    ids=["hold-later", "proceed-later", "stop-is-final", "same-time", "hold-undated", "pending", "expand", "continue"],
)
def test_the_latest_decision_in_force_rules(decisions: tuple[DecisionFacts, ...], state: CohortState) -> None:
    result = evaluated(ok_cohort(decisions=decisions), as_of="2025-04-03T09:00")
    assert result.state is state
    assert result.next_cohort_open is (state is CohortState.PASSED_PROCEED)


def test_expand_supersedes_proceed_where_the_policy_allows_it() -> None:
    facts = ok_cohort(decisions=(agreed(), agreed(GateDecision.EXPAND, on="2025-04-02")))
    result = evaluated(facts, as_of="2025-04-03T09:00", policy=gate_policy(expansion_allowed=True))
    assert (result.next_cohort_open, result.permission.codes) == (False, ("GATE-EXPANDED",))


def test_a_decision_recorded_later_is_not_known_yet() -> None:
    result = evaluated(ok_cohort(decisions=(agreed(), agreed(HOLD, on="2025-04-05"))), as_of="2025-04-04T09:00")
    assert result.next_cohort_open


# ------------------------------------------------------------------------------------------- progress, allowed events


@pytest.mark.parametrize(
    ("facts", "cohort", "state"),
    [
        (CohortFacts(subjects=(), events=(), incomplete=()), 1, CohortState.OPEN),
        (CohortFacts(subjects=(), events=(), incomplete=()), 2, CohortState.LOCKED),
        (CohortFacts(subjects=(), events=(), incomplete=(), opened=True), 2, CohortState.OPEN),
        (replace(ok_cohort(), subjects=ok_cohort().subjects[:2]), 1, CohortState.OPEN),
        (with_subject(ok_cohort(), 3, infusions=(), d28_visit_on=None), 1, CohortState.FILLED),
    ],
    ids=["first-empty", "second-empty", "second-opened", "two-of-three", "one-not-infused"],
)
def test_progress_of_a_cohort_without_decision(facts: CohortFacts, cohort: int, state: CohortState) -> None:
    assert evaluated(facts, cohort=cohort).state is state


@pytest.mark.parametrize(("allowed", "expected"), [(0, NOT_PASSED), (1, NOT_PASSED), (2, PASSED)])
def test_allowed_events_are_events_and_not_subjects(allowed: int, expected: Verdict) -> None:
    facts = with_events(event(), replace(event(), id="E2"))
    result = evaluated(facts, policy=gate_policy(allowed_events=(allowed, 0, 0)))
    assert result.result is expected
    assert (result.upper_limits.events, result.upper_limits.subjects) == (1, 3)


def test_an_event_of_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the cohort"):
        ok_cohort(events=(event(subject=9),))
