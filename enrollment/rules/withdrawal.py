"""Whether a participant may withdraw, and from how much."""

from __future__ import annotations

from enrollment.rules.states import TRANSITIONS, SubjectState, WithdrawalScope
from trial.rules.decision import Decision, Reason

_SOURCE = "ICH E6(R3) 2.8; Personal Data Protection Act, article 3"
_NARROW_TO_WIDE = tuple(WithdrawalScope)


def may_withdraw(
    state: SubjectState, *, earlier: frozenset[WithdrawalScope], scope: WithdrawalScope, reason: str
) -> Decision:
    """Every reason against recording this withdrawal. ``earlier``: what the participant withdrew from before.

    A withdrawal can be widened (first from treatment, later from everything), never narrowed: consent that was taken
    back returns only with a new consent. The participant owes nobody a reason; that none was given is written down.
    """
    return Decision.of([_state(state), _wider(earlier, scope), _reason(reason)])


def is_wider(scope: WithdrawalScope, *, than: frozenset[WithdrawalScope]) -> bool:
    """Whether a scope reaches further than every earlier one. The scopes are listed from narrow to wide."""
    return all(_NARROW_TO_WIDE.index(scope) > _NARROW_TO_WIDE.index(each) for each in than)


def _state(state: SubjectState) -> Reason | None:
    if state is SubjectState.WITHDRAWN or SubjectState.WITHDRAWN in TRANSITIONS[state]:
        return None
    word = state.replace("_", " ").lower()
    return Reason("WDR-STATE", f"Participation has ended already: this subject is {word}.", _SOURCE)


def _wider(earlier: frozenset[WithdrawalScope], scope: WithdrawalScope) -> Reason | None:
    if is_wider(scope, than=earlier):
        return None
    named = ", ".join(each.replace("_", " ").lower() for each in sorted(earlier, key=_NARROW_TO_WIDE.index))
    return Reason(
        "WDR-SCOPE", f"The participant has withdrawn already ({named}); only a wider scope changes it.", _SOURCE
    )


def _reason(reason: str) -> Reason | None:
    if reason.strip():
        return None
    return Reason("WDR-REASON", "Write down the reason, or that the participant gave none.", _SOURCE)
