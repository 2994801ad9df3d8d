"""A change that needs its reason in words."""

from __future__ import annotations

from trial.rules.decision import Decision, Reason


def reason_given(reason: str) -> Decision:
    """Blank space is no reason. Source: 21 CFR 11.10(e)."""
    if reason.strip():
        return Decision()
    return Decision((Reason("DOS-REASON", "Say why, in words.", "21 CFR 11.10(e)"),))
