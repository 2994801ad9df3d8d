"""Going on after a hold: everybody whom the policy names signs, and then the hold is lifted."""

from __future__ import annotations

from datetime import datetime

from safety.rules.lifting import lifting_role, unsigned_roles
from safety.rules.states import GateDecision
from safety.rules.voting import Cast
from safety.selectors.holds import lift_page
from trial.errors import require
from trial.models import DosingHold
from trial.permissions import TABLE, Permission, access_of
from trial.permissions import require as require_permission
from trial.rules.roles import Role
from trial.rules.states import Meaning
from trial.services import holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated
from trial.services.signatures import Proof, sign

_TOLD = (
    Role.PRINCIPAL_INVESTIGATOR,
    Role.SUBINVESTIGATOR,
    Role.MEDICAL_MONITOR,
    Role.COORDINATOR,
    Role.NURSE,
    Role.PHARMACIST,
    Role.SPONSOR,
)


def sign_lift(*, hold: DosingHold, rationale: str, proof: Proof, at: datetime) -> DosingHold:
    """Sign that a hold may end; the last signature required ends it. The lift of a death's hold is its review.

    A hold for events that count ends only under a policy that allows to continue; the signature then names the events
    in spite of which dosing goes on. Source: gate policy ``hold_lift_signatories``; decision 12; G21, G32.
    Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``.
    """
    study = hold.study
    with regulated(by=proof.user, act="holds.sign_lift", study=study):
        require_permission(proof.user, Permission.HOLD_LIFT, study=study, at=at)
        page = lift_page(hold, at=at)
        held = access_of(proof.user, study).roles(at=at) & TABLE[Permission.HOLD_LIFT].roles
        role = lifting_role(held, policy=page.policy)
        require(page.decision(rationale=rationale, signer_id=proof.user.pk, role=role))
        assert role is not None  # noqa: S101  (the rule has just refused otherwise)
        signature = sign(
            proof=proof,
            study=study,
            role=role,
            meaning=Meaning.HOLD_LIFT,
            content={**page.content, "shown_sha256": page.content_sha256, "rationale": rationale},
            seen_sha256=page.content_sha256,
            at=at,
        )
        own = Cast(signer_id=proof.user.pk, role=role, vote=GateDecision.CONTINUE)
        if unsigned_roles((*page.signed, own), policy=page.policy):
            return page.hold
        lifted = holds.lift(hold=page.hold, signatures=(*page.signatures, signature), by=proof.user, at=at)
        _tell(lifted, at=at)
        return lifted


def _tell(hold: DosingHold, *, at: datetime) -> None:
    notify(
        users=holders(study=hold.study, roles=_TOLD, on=at),
        study=hold.study,
        key=f"hold:{hold.pk}:lifted",
        title=f"A hold on dosing was lifted: {hold.scope}",
        body=hold.reason,
        path="/holds/",
        at=at,
    )
