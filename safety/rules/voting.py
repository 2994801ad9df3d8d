"""Convening a gate review, voting in it, and the decision that follows from the votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision
from trial.protocol.schema import GatePolicy
from trial.rules.decision import Decision, Reason
from trial.rules.roles import ROLE_LABELS, Role

_DECISION = "Gate rule: PROCEED only from PASSED, signed by all signatories; HOLD and STOP from any state"
_BLIND = "Gate rule: one vote per person and per role, each blind to the others"
_RECORD = "Gate rule: decision record with rationale and dossier hash"

GRAVITY = (GateDecision.PROCEED, GateDecision.EXPAND, GateDecision.HOLD, GateDecision.STOP)
"""Decisions that can be voted for, the gravest last: one vote for it decides."""

ADVISORY = frozenset({Role.DSMB_MEMBER})
"""May vote without being a signatory: their vote against holds, their silence does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A vote that was given."""

    signer_id: int
    role: Role
    vote: GateDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteFacts:
    """A vote about to be given. ``role`` None: the person holds no role that votes at this gate."""

    decision: GateDecision
    rationale: str
    signer_id: int
    role: Role | None
    is_decided: bool
    is_superseded: bool
    cast: tuple[Cast, ...]
    verdict: Verdict
    verdict_reasons: tuple[Reason, ...]
    policy: GatePolicy


def voting_role(held: frozenset[Role], *, policy: GatePolicy) -> Role | None:
    """The role in which a person votes: as a signatory before as an adviser. None: in no role they hold."""
    for code in policy.signatories:
        if code in held:
            return Role(code)
    return next((role for role in Role if role in held & ADVISORY), None)


def may_convene(*, infusions_started: int, has_open_review: bool) -> Decision:
    """A review looks at what was given: it needs an infusion, and only one review of a cohort is open at a time."""
    return Decision.of(
        [
            None
            if infusions_started
            else Reason("GTE-NOT-DOSED", "Nobody in this cohort has received an infusion yet.", _DECISION),
            Reason("GTE-OPEN", "A review of this cohort is open and its dossier still stands.", _RECORD)
            if has_open_review
            else None,
        ]
    )


def may_vote(facts: VoteFacts) -> Decision:
    """Every reason against this vote. Source: gate rule, allowed decisions; 21 CFR 11.10(f)."""
    return Decision(
        (
            *Decision.of(
                [
                    _closed(facts),
                    _no_role(facts),
                    _voted_already(facts),
                    _role_filled(facts),
                    _without_rationale(facts),
                    _no_such_decision(facts),
                ]
            ).reasons,
            *_not_passed(facts),
        )
    )


def decision_of(cast: Sequence[Cast], *, signatories: Sequence[str]) -> GateDecision | None:
    """The gravest vote, once every signatory has voted. None: votes are still missing.

    So PROCEED needs everybody, and one HOLD or STOP holds, an adviser's too. Source: gate rule, any HOLD wins.
    """
    if not signatories or missing_roles(cast, signatories=signatories):
        return None
    return max((vote.vote for vote in cast), key=GRAVITY.index)


def missing_roles(cast: Sequence[Cast], *, signatories: Sequence[str]) -> tuple[Role, ...]:
    voted = {vote.role for vote in cast}
    return tuple(Role(code) for code in signatories if Role(code) not in voted)


def has_drifted(frozen: Mapping[str, object], live: Mapping[str, object]) -> bool:
    """Whether what the dossier concludes no longer follows from what is known now: then nobody may sign it."""
    return dict(frozen) != dict(live)


def _closed(facts: VoteFacts) -> Reason | None:
    if facts.is_decided:
        return Reason("GTE-DECIDED", "This review is decided.", _RECORD)
    if facts.is_superseded:
        return Reason(
            "GTE-SUPERSEDED", "The facts changed since this dossier was frozen: convene a new review.", _RECORD
        )
    return None


def _no_role(facts: VoteFacts) -> Reason | None:
    if facts.role is not None:
        return None
    named = ", ".join(ROLE_LABELS[Role(code)] for code in facts.policy.signatories)
    return Reason("GTE-ROLE", f"This gate is decided by: {named}.", _DECISION)


def _voted_already(facts: VoteFacts) -> Reason | None:
    if all(vote.signer_id != facts.signer_id for vote in facts.cast):
        return None
    return Reason("GTE-VOTED", "You have voted in this review already; a vote is not changed.", _BLIND)


def _role_filled(facts: VoteFacts) -> Reason | None:
    if facts.role is None or all(vote.role is not facts.role for vote in facts.cast):
        return None
    return Reason("GTE-ROLE-VOTED", f"The vote of the {ROLE_LABELS[facts.role].lower()} was given already.", _BLIND)


def _without_rationale(facts: VoteFacts) -> Reason | None:
    if facts.rationale.strip():
        return None
    return Reason("GTE-RATIONALE", "A vote needs its rationale.", _RECORD)


def _no_such_decision(facts: VoteFacts) -> Reason | None:
    if facts.decision is GateDecision.EXPAND and not facts.policy.expansion_allowed:
        return Reason("GTE-EXPAND", "The gate policy in force does not allow to expand a cohort.", _DECISION)
    if facts.decision not in GRAVITY:
        message = "Going on inside a cohort is decided where its hold is lifted, not at the gate to the next cohort."
        return Reason("GTE-CONTINUE", message, _DECISION)
    return None


def _not_passed(facts: VoteFacts) -> tuple[Reason, ...]:
    if facts.decision is not GateDecision.PROCEED or facts.verdict is Verdict.PASSED:
        return ()
    message = f"The gate computes to {facts.verdict.value}: nobody can vote to proceed."
    return (Reason("GTE-NOT-PASSED", message, _DECISION), *facts.verdict_reasons)
