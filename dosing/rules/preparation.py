"""Whether the preparation of an infusion, or a drug given before it, may be recorded."""

from __future__ import annotations

from datetime import datetime

from dosing.rules.states import NOT_STARTED, InfusionState
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, day of the infusion"


def may_prepare(*, state: InfusionState, changed: tuple[str, ...], reason: str) -> Decision:
    """Before the start; a changed value with its reason. Source: 21 CFR 11.10(e)."""
    silent = changed and not reason.strip()
    return Decision.of(
        [
            None
            if state in NOT_STARTED
            else Reason(
                "DOS-STARTED", "The infusion is not waiting any more: it keeps what it was started with.", _SOURCE
            ),
            Reason("DOS-REASON", f"Say why a recorded value changes ({', '.join(changed)}).", "21 CFR 11.10(e)")
            if silent
            else None,
        ]
    )


def may_give_premedication(
    *, state: InfusionState, started_at: datetime | None, given_at: datetime, at: datetime
) -> Decision:
    """Before the infusion, also when it is entered later. What is given in it or after it is concomitant."""
    return Decision.of(
        [
            Reason("DOS-STATE", "The infusion is not given.", _SOURCE) if state is InfusionState.NOT_GIVEN else None,
            Reason("DOS-FUTURE", "This lies in the future. Check day and hour.", _SOURCE) if given_at > at else None,
            Reason("DOS-ORDER", "Premedication is given before the start of the infusion.", _SOURCE)
            if started_at is not None and given_at > started_at
            else None,
        ]
    )


def may_void_premedication(*, voided: bool, reason: str) -> Decision:
    """Once, with the reason. Source: 21 CFR 11.10(e)."""
    return Decision.of(
        [
            Reason("DOS-VOIDED", "This entry is void already.", _SOURCE) if voided else None,
            None if reason.strip() else Reason("DOS-REASON", "Say why the entry is void.", "21 CFR 11.10(e)"),
        ]
    )
