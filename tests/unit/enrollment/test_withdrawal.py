"""Withdrawal: when, and from how much."""

import pytest

from enrollment.rules.states import SubjectState, WithdrawalScope
from enrollment.rules.withdrawal import is_wider, may_withdraw

T, F, D, A = WithdrawalScope
NOTHING: frozenset[WithdrawalScope] = frozenset()
TAKING_PART = (
    SubjectState.SCREENING,
    SubjectState.ELIGIBLE,
    SubjectState.ALLOCATED,
    SubjectState.ON_TREATMENT,
    SubjectState.FOLLOW_UP,
)


@pytest.mark.parametrize("state", TAKING_PART)
@pytest.mark.parametrize("scope", list(WithdrawalScope))
def test_whoever_takes_part_may_withdraw_from_anything(state: SubjectState, scope: WithdrawalScope):
    assert may_withdraw(state, earlier=NOTHING, scope=scope, reason="none given").allowed


@pytest.mark.parametrize("state", [SubjectState.SCREEN_FAILED, SubjectState.COMPLETED, SubjectState.DIED])
def test_after_the_end_there_is_nothing_to_withdraw_from(state: SubjectState):
    assert may_withdraw(state, earlier=NOTHING, scope=A, reason="x").codes == ("WDR-STATE",)


@pytest.mark.parametrize(
    ("earlier", "scope", "wider"),
    [
        (set(), T, True),
        ({T}, F, True),
        ({T}, A, True),
        ({T}, T, False),
        ({F}, T, False),
        ({T, D}, F, False),
        ({T, D}, A, True),
        ({A}, A, False),
    ],
)
def test_a_withdrawal_is_widened_never_narrowed(earlier: set[WithdrawalScope], scope: WithdrawalScope, wider: bool):
    assert is_wider(scope, than=frozenset(earlier)) is wider
    decision = may_withdraw(SubjectState.WITHDRAWN, earlier=frozenset(earlier), scope=scope, reason="x")
    assert decision.codes == (() if wider else ("WDR-SCOPE",))


def test_a_reason_is_written_down():
    assert may_withdraw(SubjectState.SCREENING, earlier=NOTHING, scope=A, reason=" ").codes == ("WDR-REASON",)
