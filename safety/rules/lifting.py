"""Whether a hold on dosing may be lifted, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from safety.rules.voting import Cast
from trial.protocol.schema import GatePolicy
from trial.rules.decision import Decision, Reason
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import HoldKind

_LIFT = "Gate policy: hold_lift_signatories; only signatures lift a hold"
_CONTINUE = "House rule: going on inside a cohort after a qualifying event needs a policy version that allows it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFacts:
    """A signature about to be given. ``qualifying``: events of the hold's cohort that count; 0 for other holds.

    ``signed``: who has signed for the lift over the same facts.
    """

    kind: HoldKind
    is_lifted: bool
    rationale: str
    signer_id: int
    role: Role | None
    signed: tuple[Cast, ...]
    qualifying: int
    allowed: int
    cohort_number: int | None
    policy: GatePolicy


def lifting_role(held: frozenset[Role], *, policy: GatePolicy) -> Role | None:
    return next((Role(code) for code in policy.hold_lift_signatories if code in held), None)


def may_sign_lift(facts: LiftFacts) -> Decision:
    """Every reason against signing. Source: gate policy, resumption; 21 CFR 11.10(f)."""
    return Decision.of(
        [
            _lifted(facts),
            _no_role(facts),
            _signed_already(facts),
            _without_rationale(facts),
            no_way_on(facts),
        ]
    )


def no_way_on(facts: LiftFacts) -> Reason | None:
    """Under a policy that never continues a cohort, an event that counts ends its dosing; the page says so in words."""
    is_exceeded = facts.kind is HoldKind.QUALIFYING_EVENT and facts.qualifying > facts.allowed
    if not is_exceeded or facts.policy.continue_allowed:
        return None
    counted = "1 adverse event counts" if facts.qualifying == 1 else f"{facts.qualifying} adverse events count"
    message = (
        f"In cohort {facts.cohort_number} {counted}, and the policy in force ({facts.policy.trigger.value}) allows "
        f"{facts.allowed}. Under this policy no decision can continue dosing of this cohort. It takes a protocol "
        "amendment: a new version of the gate policy that allows to continue, with its approvals entered for the site."
    )
    return Reason("LFT-CONTINUE", message, _CONTINUE)


def unsigned_roles(signed: Sequence[Cast], *, policy: GatePolicy) -> tuple[Role, ...]:
    roles = {signature.role for signature in signed}
    return tuple(Role(code) for code in policy.hold_lift_signatories if Role(code) not in roles)


def _lifted(facts: LiftFacts) -> Reason | None:
    if not facts.is_lifted:
        return None
    return Reason("LFT-LIFTED", "This hold was lifted already.", "House rule: a hold ends once")


def _no_role(facts: LiftFacts) -> Reason | None:
    if facts.role is not None:
        return None
    named = ", ".join(ROLE_LABELS[Role(code)] for code in facts.policy.hold_lift_signatories)
    return Reason("LFT-ROLE", f"A hold is lifted by: {named}.", _LIFT)


def _signed_already(facts: LiftFacts) -> Reason | None:
    if any(signature.signer_id == facts.signer_id for signature in facts.signed):
        return Reason("LFT-SIGNED", "You have signed the lift of this hold already.", _LIFT)
    if any(signature.role is facts.role for signature in facts.signed):
        return Reason("LFT-SIGNED", "The signature of your role was given already.", _LIFT)
    return None


def _without_rationale(facts: LiftFacts) -> Reason | None:
    if facts.rationale.strip():
        return None
    return Reason("LFT-RATIONALE", "Lifting a hold needs its rationale.", _LIFT)
