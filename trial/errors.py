"""The refusals a service may answer with, and nothing else. The edge maps them to 409, 403 and 409."""

from __future__ import annotations

from trial.rules.decision import Decision, Reason


class RuleViolation(Exception):
    """The act is not allowed now: HTTP 409, with every reason."""

    def __init__(self, decision: Decision) -> None:
        super().__init__("; ".join(f"{r.code}: {r.message}" for r in decision.reasons))
        self.decision = decision

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.decision.reasons


class NotPermitted(Exception):
    """This person may not do this: HTTP 403. ``reason`` says what is missing (role, site, delegation, training)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"{reason.code}: {reason.message}")
        self.reason = reason


class StaleRecord(Exception):
    """What the person saw has changed since: HTTP 409, reload and look again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.reason = Reason("stale", message, "House rule: what is signed is what was seen")


class ReauthenticationFailed(NotPermitted):
    """Wrong user name or password at a signature: HTTP 403 ``reauthentication``; counts towards lock-out."""


def require(decision: Decision) -> None:
    """Raise ``RuleViolation`` with every reason unless the decision allows the act."""
    if not decision.allowed:
        raise RuleViolation(decision)
