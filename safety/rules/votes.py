"""Decisions over a gate: who has signed them, who is against, and which of them is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from safety.rules.gate_facts import DecisionFacts
from safety.rules.states import GateDecision
from trial.protocol.schema import GatePolicy

AGAINST = frozenset({GateDecision.HOLD, GateDecision.STOP})
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A decision with its votes counted. ``completed_at``: the time of the last required signature, if known."""

    decision: DecisionFacts
    policy: GatePolicy
    missing: tuple[str, ...]
    opposed: tuple[str, ...]
    completed_at: datetime | None

    @property
    def is_agreed(self) -> bool:
        """Every signatory has signed this very decision, and nobody wants to hold or stop instead."""
        complete = bool(self.policy.signatories) and not self.missing and not self.decision.undisclosed
        return complete and not self.opposed

    @property
    def stops(self) -> bool:
        return self.decision.decision is GateDecision.STOP and not self.missing

    @property
    def holds(self) -> bool:
        """A HOLD or STOP holds from its first record, and one such vote makes a hold of any other decision.

        Source: gate rule, any HOLD wins.
        """
        return bool(self.opposed) or self.decision.decision in AGAINST

    @property
    def proceeds(self) -> bool:
        return self.decision.decision is GateDecision.PROCEED and self.is_agreed

    @property
    def expands(self) -> bool:
        return self.decision.decision is GateDecision.EXPAND and self.is_agreed and self.policy.expansion_allowed

    @property
    def is_open(self) -> bool:
        """Signatures are still being collected."""
        return not self.holds and bool(self.missing or self.decision.undisclosed)


def count_votes(decisions: Sequence[DecisionFacts], *, policy: GatePolicy) -> tuple[Ballot, ...]:
    """The decisions over the gate, earliest first; of two at the same time the one that holds is the later.

    CONTINUE is left out: it concerns further doses inside the cohort, and neither opens nor closes the next one.
    Source: gate rule, PROCEED is effective when all signatories have signed it.
    """
    ballots = [
        _ballot(decision, policy=decision.policy or policy)
        for decision in decisions
        if decision.decision is not GateDecision.CONTINUE
    ]
    return tuple(sorted(ballots, key=_order))


def _ballot(decision: DecisionFacts, *, policy: GatePolicy) -> Ballot:
    agreeing = [s for s in decision.signatures if s.vote is decision.decision]
    roles = {signature.role for signature in agreeing} | set(decision.undisclosed)
    missing = tuple(role for role in policy.signatories if role not in roles)
    opposed = {s.role for s in decision.signatures if s.vote in AGAINST and s.vote is not decision.decision}
    times = [decision.at, *(s.at for s in agreeing if s.role in policy.signatories)]
    known = [at for at in times if at is not None]
    return Ballot(
        decision=decision,
        policy=policy,
        missing=missing,
        opposed=tuple(sorted(opposed)),
        completed_at=max(known) if known and not missing and not decision.undisclosed else None,
    )


def _order(ballot: Ballot) -> tuple[bool, datetime, bool, tuple[str, ...]]:
    at = ballot.decision.at or min((s.at for s in ballot.decision.signatures if s.at), default=None)
    # A hold at an unknown time may be the latest word; a permission at an unknown time must not be.
    is_last = at is None and ballot.holds
    return (is_last, at or _BEGINNING, ballot.holds, ballot.missing)


def in_force(ballots: Sequence[Ballot]) -> Ballot | None:
    """The decision that rules now: a signed STOP for good, else the latest that is agreed or holds. None: none yet."""
    stops = [ballot for ballot in ballots if ballot.stops]
    if stops:
        return stops[0]
    ruling = [ballot for ballot in ballots if ballot.holds or ballot.proceeds or ballot.expands]
    return ruling[-1] if ruling else None
