"""Is dosing of this cohort permitted: clearance and holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dosing.rules.guard_facts import Clearance, GuardFacts, HoldScope
from trial.rules.decision import Reason

_GATE = "Protocol, staged escalation: the next cohort after the 4-week safety look"
_READ = "Gate rule: the signed decision is read by those who carry it out"
HOLD_CODES = {
    HoldScope.STUDY: "DOS-STUDY-HOLD",
    HoldScope.COHORT: "DOS-COHORT-HOLD",
    HoldScope.SUBJECT: "DOS-SUBJECT-HOLD",
}
_HOLD_WORDS = {
    HoldScope.STUDY: "Dosing of the whole study is held",
    HoldScope.COHORT: "Dosing of this cohort is held",
    HoldScope.SUBJECT: "Dosing of this subject is held",
}


def permission_reasons(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    yield from _holds(facts, at=at)
    if facts.cohort_number is None:
        yield Reason("DOS-SLOT", "The subject has no slot in a cohort. Allocate first.", "Protocol, cohorts")
        return
    closed = _clearance(facts, at=at)
    if closed is not None:
        yield closed
        return
    yield from _unread(facts, at=at)


def _holds(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    """One reason per hold; a signed lift ends it."""
    for hold in facts.holds:
        if hold.in_force.covers(at):
            message = f"{_HOLD_WORDS[hold.scope]}: {hold.reason}"
            yield Reason(HOLD_CODES[hold.scope], message, "Protocol, stopping and holding of dosing")


def _clearance(facts: GuardFacts, *, at: datetime) -> Reason | None:
    """Absence means no: a cohort that nothing opened is closed."""
    opened = [clearance for clearance in facts.clearances if clearance.opened_at <= at]
    if not opened:
        message = f"Cohort {facts.cohort_number} is closed: no signed decision of the gate before it has opened it."
        return Reason("DOS-COHORT-CLOSED", message, _GATE)
    standing = [c for c in opened if c.revoked_at is None or c.revoked_at > at]
    if not standing:
        latest = max(opened, key=_opened_at)
        message = f"The opening of cohort {facts.cohort_number} was withdrawn: {latest.revoked_reason}"
        return Reason("DOS-COHORT-REVOKED", message, _GATE)
    if not _in_force(facts, at=at):
        message = f"The decision that opened cohort {facts.cohort_number} has expired. The gate needs a new review."
        return Reason("DOS-COHORT-EXPIRED", message, _GATE)
    return None


def _in_force(facts: GuardFacts, *, at: datetime) -> list[Clearance]:
    return [
        clearance
        for clearance in facts.clearances
        if clearance.opened_at <= at
        and (clearance.revoked_at is None or clearance.revoked_at > at)
        and (clearance.valid_until is None or clearance.valid_until > at)
    ]


def _unread(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    """Who infuses knows what was decided, and under which conditions: of the latest decision in force."""
    latest = max(_in_force(facts, at=at), key=_opened_at)
    if latest.is_decided and (latest.read_at is None or latest.read_at > at):
        message = "The person who infuses has not confirmed having read the decision that opened this cohort."
        yield Reason("DOS-DECISION-UNREAD", message, _READ)


def _opened_at(clearance: Clearance) -> datetime:
    return clearance.opened_at
