"""Whether a lot may be released: every release test present and within its limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from dosing.rules.states import LotState
from trial.protocol.schema import ProductPlan, ReleaseCriterion
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, product release criteria; Taiwan GTP"


class TestOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    PENDING_LATE = "pending_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    value: Decimal | None = None
    result: str = ""


def judge(criterion: ReleaseCriterion, result: TestResult | None) -> TestOutcome:
    """Limits are inclusive. A late test (sterility culture) may still be pending at release."""
    if result is None:
        return TestOutcome.PENDING_LATE if criterion.late else TestOutcome.MISSING
    return TestOutcome.PASSED if _within(criterion, result) else TestOutcome.FAILED


def _within(criterion: ReleaseCriterion, result: TestResult) -> bool:
    if criterion.accepted is not None and result.result != criterion.accepted:
        return False
    if criterion.minimum is None and criterion.maximum is None:
        return True
    if result.value is None:
        return False
    above = criterion.minimum is None or result.value >= criterion.minimum
    return above and (criterion.maximum is None or result.value <= criterion.maximum)


def may_receive(*, number: str, taken: bool, expires_at: datetime, at: datetime) -> Decision:
    """``taken``: a lot of this number was received already."""
    return Decision.of(
        [
            _reason("PRD-NUMBER", f"Lot {number} was received already.") if taken else None,
            None if expires_at > at else _reason("PRD-EXPIRED", "The lot has expired."),
        ]
    )


def may_record_test(
    criterion: ReleaseCriterion | None, result: TestResult, *, recorded: bool, tested_on: date, today: date
) -> Decision:
    """A result is entered once: a repeat is a new lot document, not an overwritten value."""
    if criterion is None:
        return Decision((_reason("PRD-TEST-UNKNOWN", "The protocol names no such release test."),))
    return Decision.of(
        [
            _reason("PRD-TEST-TWICE", f"“{criterion.label}” was recorded already; its result is not overwritten.")
            if recorded
            else None,
            _reason(
                "PRD-TEST-VALUE", f"“{criterion.label}” has the limit: {limits(criterion)}. Enter a result of its kind."
            )
            if _incomplete(criterion, result)
            else None,
            _reason("PRD-TEST-FUTURE", f"The day of “{criterion.label}” lies in the future.")
            if tested_on > today
            else None,
        ]
    )


def _incomplete(criterion: ReleaseCriterion, result: TestResult) -> bool:
    """A number is needed against a numeric limit, words against an accepted result."""
    numeric = criterion.minimum is not None or criterion.maximum is not None
    return (numeric and result.value is None) or (criterion.accepted is not None and not result.result.strip())


def may_reject(state: LotState) -> Decision:
    return Decision.of([_reason("PRD-STATE", "The lot is rejected already.") if state is LotState.REJECTED else None])


def may_release(
    *,
    state: LotState,
    expires_at: datetime,
    results: Mapping[str, TestResult],
    plan: ProductPlan,
    accepted_pending: Collection[str],
    at: datetime,
) -> Decision:
    """Every reason against releasing a lot now. ``results`` by the code of the criterion.

    ``accepted_pending``: codes of the late tests without which quality assurance has signed that it may be released.
    """
    pending = [c.label for c in pending_tests(results, plan=plan) if c.code not in accepted_pending]
    return _releasable(state=state, expires_at=expires_at, results=results, plan=plan, at=at) + Decision.of(
        _reason(
            "PRD-CONDITIONAL",
            f"The result of “{label}” is pending: releasing without it is signed on its own first.",
        )
        for label in pending
    )


def may_accept_pending(
    *,
    state: LotState,
    expires_at: datetime,
    results: Mapping[str, TestResult],
    plan: ProductPlan,
    accepted_pending: Collection[str],
    at: datetime,
) -> Decision:
    """Every reason against signing, now, that a lot may be released although a late result is pending.

    Source: domain rule 6.3 (conditional release needs a separate signature).
    """
    pending = {criterion.code for criterion in pending_tests(results, plan=plan)}
    return _releasable(state=state, expires_at=expires_at, results=results, plan=plan, at=at) + Decision.of(
        [
            None if pending else _reason("PRD-NOTHING-PENDING", "No late result is pending."),
            _reason("PRD-CONDITIONAL-TWICE", "The conditional release is signed already.")
            if pending and pending <= set(accepted_pending)
            else None,
        ]
    )


def pending_tests(results: Mapping[str, TestResult], *, plan: ProductPlan) -> tuple[ReleaseCriterion, ...]:
    """Late tests without a result."""
    criteria = plan.release_criteria
    return tuple(c for c in criteria if judge(c, results.get(c.code)) is TestOutcome.PENDING_LATE)


def late_result_due_at(criterion: ReleaseCriterion, *, released_at: datetime) -> datetime:
    """When the result of a late test is missed: so many days after the release. Source: protocol, product."""
    return released_at + timedelta(days=criterion.late_days or 0)


def _releasable(
    *, state: LotState, expires_at: datetime, results: Mapping[str, TestResult], plan: ProductPlan, at: datetime
) -> Decision:
    reasons: list[Reason | None] = [
        None
        if state is LotState.QUARANTINED
        else _reason("PRD-STATE", f"The lot is {state.lower()}, not in quarantine."),
        None if expires_at > at else _reason("PRD-EXPIRED", "The lot has expired."),
    ]
    for criterion in plan.release_criteria:
        outcome = judge(criterion, results.get(criterion.code))
        if outcome is TestOutcome.MISSING:
            reasons.append(_reason("PRD-TESTS", f"The result of “{criterion.label}” is missing."))
        elif outcome is TestOutcome.FAILED:
            reasons.append(_reason("PRD-TESTS", f"“{criterion.label}” is outside its limits ({limits(criterion)})."))
    return Decision.of(reasons)


def failed_tests(results: Mapping[str, TestResult], *, plan: ProductPlan) -> tuple[str, ...]:
    """Labels of the tests that failed, late ones included: a sterility culture may turn after the release."""
    criteria = plan.release_criteria
    return tuple(c.label for c in criteria if judge(c, results.get(c.code)) is TestOutcome.FAILED)


def limits(criterion: ReleaseCriterion) -> str:
    """The limits of a criterion in words."""
    if criterion.accepted is not None:
        return criterion.accepted
    unit = f" {criterion.unit}" if criterion.unit else ""
    parts = []
    if criterion.minimum is not None:
        parts.append(f"at least {criterion.minimum}{unit}")
    if criterion.maximum is not None:
        parts.append(f"at most {criterion.maximum}{unit}")
    return ", ".join(parts)


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
