"""Release tests against their limits, and what stands against releasing a lot."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from dosing.rules.reasons_given import reason_given
from dosing.rules.release import TestOutcome as Outcome
from dosing.rules.release import TestResult as Result
from dosing.rules.release import (
    failed_tests,
    judge,
    late_result_due_at,
    limits,
    may_accept_pending,
    may_receive,
    may_record_test,
    may_reject,
    may_release,
    pending_tests,
)
from dosing.rules.states import LotState
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition
from trial.protocol.schema import ReleaseCriterion

PLAN = shipped_definition().product
CRITERIA = {criterion.code: criterion for criterion in PLAN.release_criteria}
BETWEEN = ReleaseCriterion(code="PH", label="pH", minimum=Decimal("7.2"), maximum=Decimal("7.6"))
PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
TODAY = date(2026, 3, 12)


def passing(**changed: Result) -> dict[str, Result]:
    """A passing result for every test that is not late, on the bound where there is one."""
    results = {
        code: Result(
            value=criterion.minimum if criterion.minimum is not None else criterion.maximum,
            result=criterion.accepted or "",
        )
        for code, criterion in CRITERIA.items()
        if not criterion.late
    }
    return results | changed


LATE = frozenset(code for code, criterion in CRITERIA.items() if criterion.late)


def release_codes(
    results: dict[str, Result],
    *,
    state=LotState.QUARANTINED,
    expires_at=AT + SECOND,
    accepted=LATE,
) -> tuple[str, ...]:
    return may_release(
        state=state, expires_at=expires_at, results=results, plan=PLAN, accepted_pending=accepted, at=AT
    ).codes


def accept_codes(results: dict[str, Result], *, state=LotState.QUARANTINED, accepted=frozenset()) -> tuple[str, ...]:
    return may_accept_pending(
        state=state, expires_at=AT + SECOND, results=results, plan=PLAN, accepted_pending=accepted, at=AT
    ).codes


@pytest.mark.parametrize(
    ("criterion", "value", "outcome"),
    [
        (CRITERIA["VIABILITY"], "80", PASSED),
        (CRITERIA["VIABILITY"], "79.9999", FAILED),
        (CRITERIA["IDENTITY_NEGATIVE"], "2", PASSED),
        (CRITERIA["IDENTITY_NEGATIVE"], "2.0001", FAILED),
        (BETWEEN, "7.2", PASSED),
        (BETWEEN, "7.1999", FAILED),
        (BETWEEN, "7.6", PASSED),
        (BETWEEN, "7.6001", FAILED),
    ],
)
def test_limits_are_inclusive(criterion, value, outcome):
    assert judge(criterion, Result(value=Decimal(value))) is outcome


@pytest.mark.parametrize(
    ("result", "outcome"), [("negative", PASSED), ("positive", FAILED), ("Negative", FAILED), ("", FAILED)]
)
def test_only_the_accepted_result_passes(result, outcome):
    assert judge(CRITERIA["MYCOPLASMA"], Result(result=result)) is outcome


def test_a_number_is_not_replaced_by_words():
    assert judge(CRITERIA["VIABILITY"], Result(result="fine")) is FAILED


def test_a_missing_result_is_missing_and_a_late_one_pending():
    assert judge(CRITERIA["VIABILITY"], None) is Outcome.MISSING
    assert judge(CRITERIA["STERILITY"], None) is Outcome.PENDING_LATE


def test_a_lot_with_all_results_on_their_bounds_is_released_while_the_culture_is_pending():
    assert release_codes(passing()) == ()
    assert release_codes(passing(STERILITY=Result(result="negative")), accepted=frozenset()) == ()


def test_without_its_own_signature_a_pending_result_stands_against_the_release():
    assert release_codes(passing(), accepted=frozenset()) == ("PRD-CONDITIONAL",)
    assert release_codes(passing(), accepted=frozenset({"KARYOTYPE"})) == ("PRD-CONDITIONAL",)


@pytest.mark.parametrize(
    ("results", "state", "accepted", "expected"),
    [
        (passing(), LotState.QUARANTINED, frozenset(), ()),
        (passing(), LotState.QUARANTINED, LATE, ("PRD-CONDITIONAL-TWICE",)),
        (passing(), LotState.RELEASED, frozenset(), ("PRD-STATE",)),
        (
            passing(STERILITY=Result(result="negative")),
            LotState.QUARANTINED,
            frozenset(),
            ("PRD-NOTHING-PENDING",),
        ),
        (passing(VIABILITY=Result(value=Decimal(79))), LotState.QUARANTINED, frozenset(), ("PRD-TESTS",)),
    ],
    ids=["pending", "signed-already", "released", "nothing-pending", "another-test-failed"],
)
def test_the_conditional_release_is_signed_once_while_a_late_result_is_pending(results, state, accepted, expected):
    assert accept_codes(results, state=state, accepted=accepted) == expected


def test_a_late_result_is_due_so_many_days_after_the_release():
    assert late_result_due_at(CRITERIA["STERILITY"], released_at=AT) == AT + timedelta(days=14)
    assert [criterion.code for criterion in pending_tests(passing(), plan=PLAN)] == ["STERILITY"]


@pytest.mark.parametrize("code", [code for code, criterion in CRITERIA.items() if not criterion.late])
def test_each_missing_test_stands_against_the_release(code):
    results = passing()
    del results[code]
    assert release_codes(results) == ("PRD-TESTS",)


@pytest.mark.parametrize("code", list(CRITERIA))
def test_each_failed_test_stands_against_the_release_the_late_one_too(code):
    assert release_codes(passing(**{code: Result(value=Decimal(50), result="positive")})) in (("PRD-TESTS",),)


def test_every_reason_is_listed():
    codes = release_codes({}, state=LotState.REJECTED, expires_at=AT, accepted=frozenset())
    tests = ["PRD-TESTS"] * (len(CRITERIA) - len(LATE))
    assert codes == ("PRD-STATE", "PRD-EXPIRED", *tests, *["PRD-CONDITIONAL"] * len(LATE))


@pytest.mark.parametrize(("expires_at", "expected"), [(AT + SECOND, ()), (AT, ("PRD-EXPIRED",))])
def test_a_lot_expires_at_its_instant(expires_at, expected):
    assert release_codes(passing(), expires_at=expires_at) == expected
    assert may_receive(number="L-1", taken=False, expires_at=expires_at, at=AT).codes == expected


@pytest.mark.parametrize("state", [LotState.RELEASED, LotState.REJECTED])
def test_only_a_lot_in_quarantine_is_released(state):
    assert release_codes(passing(), state=state) == ("PRD-STATE",)


def test_a_number_is_received_once():
    assert may_receive(number="L-1", taken=True, expires_at=AT + SECOND, at=AT).codes == ("PRD-NUMBER",)


def test_a_lot_is_rejected_once_released_or_not():
    assert may_reject(LotState.QUARANTINED).allowed
    assert may_reject(LotState.RELEASED).allowed
    assert may_reject(LotState.REJECTED).codes == ("PRD-STATE",)


def test_failed_tests_are_named_by_their_labels():
    assert failed_tests(passing(), plan=PLAN) == ()
    assert failed_tests(passing(STERILITY=Result(result="positive")), plan=PLAN) == ("Sterility culture",)


@pytest.mark.parametrize(
    ("code", "result", "recorded", "tested_on", "expected"),
    [
        ("VIABILITY", Result(value=Decimal(91)), False, TODAY, ()),
        ("VIABILITY", Result(value=Decimal(10)), False, TODAY, ()),
        ("VIABILITY", Result(value=Decimal(91)), True, TODAY, ("PRD-TEST-TWICE",)),
        ("VIABILITY", Result(result="fine"), False, TODAY, ("PRD-TEST-VALUE",)),
        ("MYCOPLASMA", Result(value=Decimal(0)), False, TODAY, ("PRD-TEST-VALUE",)),
        ("MYCOPLASMA", Result(result=" "), False, TODAY, ("PRD-TEST-VALUE",)),
        ("MYCOPLASMA", Result(result="negative"), False, TODAY + timedelta(days=1), ("PRD-TEST-FUTURE",)),
        ("NO_SUCH_TEST", Result(result="negative"), False, TODAY, ("PRD-TEST-UNKNOWN",)),
    ],
)
def test_a_result_is_entered_once_and_of_its_kind(code, result, recorded, tested_on, expected):
    decision = may_record_test(CRITERIA.get(code), result, recorded=recorded, tested_on=tested_on, today=TODAY)
    assert decision.codes == expected


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (CRITERIA["VIABILITY"], "at least 80 %"),
        (CRITERIA["ENDOTOXIN"], "at most 5 EU/kg/h"),
        (CRITERIA["KARYOTYPE"], "normal"),
        (BETWEEN, "at least 7.2, at most 7.6"),
    ],
)
def test_limits_in_words(criterion, words):
    assert limits(criterion) == words


@pytest.mark.parametrize(("reason", "allowed"), [("Leaking", True), ("", False), (" \n", False)])
def test_blank_space_is_no_reason(reason, allowed):
    assert reason_given(reason).allowed is allowed
