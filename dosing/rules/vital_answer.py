"""Whether an alert of the vital signs may be answered."""

from __future__ import annotations

from dosing.rules.states import AlertAction
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, monitoring: alert limits"


def may_answer(*, alerts: tuple[str, ...], answered_by: str, action: AlertAction, note: str) -> Decision:
    """An entry with an alert, once; whoever goes on without acting says why in words."""
    needs_words = action in (AlertAction.WATCHED, AlertAction.WRONG) and not note.strip()
    return Decision.of(
        [
            None if alerts else Reason("DOS-ALERT-NONE", "This entry touches no alert limit.", _SOURCE),
            Reason("DOS-ALERT-ANSWERED", f"{answered_by} has answered this alert already.", _SOURCE)
            if answered_by
            else None,
            Reason("DOS-REASON", "Say in words why nothing more is done.", _SOURCE) if needs_words else None,
        ]
    )
