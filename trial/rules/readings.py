"""When somebody may confirm having read a decision to escalate."""

from __future__ import annotations

from datetime import datetime

from trial.rules.decision import Decision, Reason
from trial.rules.states import ClearanceBasis

_SOURCE = "Gate policy, communication of the decision"


def may_confirm(*, basis: ClearanceBasis, opened_at: datetime, revoked_at: datetime | None, at: datetime) -> Decision:
    """Only a decision that is in force is read: one that was revoked opens nothing any more."""
    return Decision.of(
        [
            None
            if basis is ClearanceBasis.GATE_DECISION
            else Reason("REA-FIRST", "The first cohort opens without a decision: there is nothing to read.", _SOURCE),
            None if opened_at <= at else Reason("REA-FUTURE", "The decision is not in force yet.", _SOURCE),
            None
            if revoked_at is None
            else Reason("REA-REVOKED", "The permission was withdrawn: another decision is needed first.", _SOURCE),
        ]
    )
