"""What opens the next cohort, and what takes that back. G numbers are those of the domain document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from safety.rules.cohort_state import CohortState
from safety.rules.gate_facts import DecisionFacts, GradeFacts
from safety.rules.states import GateDecision, Relationship
from tests.builders.gate import agreed, decision, evaluated, event, moment, ok_cohort
from tests.builders.policy import gate_policy
from tests.unit.safety.gate_cases import DLT, HOLD, NOT_PASSED, NOT_READY, PASSED, PROCEED, STOP, TEAE


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


def test_g16_a_grade_corrected_after_proceed_takes_the_permission_back() -> None:
    corrected = event(
        relationship=Relationship.POSSIBLE,
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
