"""Holds on dosing for the people who lift them: what they sign, who has signed, and what stands against it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safety.rules.lifting import LiftFacts, may_sign_lift, unsigned_roles
from safety.rules.states import GateDecision
from safety.rules.voting import Cast
from safety.selectors.gate import Assessment, assess
from trial.models import DosingHold, ElectronicSignature, ProtocolVersion
from trial.protocol.schema import GatePolicy
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.decision import Decision
from trial.rules.roles import Role
from trial.rules.states import HoldKind, Meaning, VersionState


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftPage:
    """A hold with the content whose hash a signature for its lift covers. ``signatures``: those over it so far."""

    hold: DosingHold
    content: dict[str, Any]
    content_sha256: str
    signatures: tuple[ElectronicSignature, ...]
    policy: GatePolicy
    qualifying: int
    allowed: int

    @property
    def signed(self) -> tuple[Cast, ...]:
        return tuple(
            Cast(signer_id=s.signer_id, role=Role(s.role), vote=GateDecision.CONTINUE) for s in self.signatures
        )

    @property
    def missing(self) -> tuple[Role, ...]:
        return unsigned_roles(self.signed, policy=self.policy)

    def decision(self, *, rationale: str, signer_id: int, role: Role | None) -> Decision:
        """Every reason against this person signing now."""
        hold = self.hold
        return may_sign_lift(
            LiftFacts(
                kind=HoldKind(hold.kind),
                is_lifted=hold.lifted_at is not None,
                rationale=rationale,
                signer_id=signer_id,
                role=role,
                signed=self.signed,
                qualifying=self.qualifying,
                allowed=self.allowed,
                cohort_number=hold.cohort.number if hold.cohort else None,
                policy=self.policy,
            )
        )


def lift_page(hold: DosingHold, *, at: datetime) -> LiftPage:
    """The hold as it stands now. Signatures over other facts than these do not count any more."""
    hold = DosingHold.objects.select_related("study", "cohort__study").get(pk=hold.pk)
    version = ProtocolVersion.objects.get(study=hold.study, state=VersionState.ACTIVE)
    assessment = assess(hold.cohort, at=at) if hold.cohort and hold.kind == HoldKind.QUALIFYING_EVENT else None
    content = _content(hold, version, assessment)
    digest = sha256_hex(canonical_json(content))
    return LiftPage(
        hold=hold,
        content=content,
        content_sha256=digest,
        signatures=_signatures(hold, digest),
        policy=version.definition.gate,
        qualifying=len(assessment.result.qualifying_events) if assessment else 0,
        allowed=assessment.allowed_events if assessment else 0,
    )


def _content(hold: DosingHold, version: ProtocolVersion, assessment: Assessment | None) -> dict[str, Any]:
    """``accepted``: the events that count now, each with why; whoever lifts goes on in spite of exactly these."""
    counted = assessment.result.qualifying_events if assessment else ()
    return {
        "type": "hold_lift",
        "study": hold.study.registry_id,
        "hold": hold.pk,
        "kind": hold.kind,
        "scope": hold.scope,
        "reason": hold.reason,
        "placed_at": hold.placed_at,
        "protocol_version": version.version,
        "protocol_sha256": version.sha256,
        "accepted": [[str(event.id), event.why] for event in counted],
    }


def _signatures(hold: DosingHold, digest: str) -> tuple[ElectronicSignature, ...]:
    """Signatures for this lift over these very facts, in the order in which they were given."""
    rows = ElectronicSignature.objects.filter(
        study=hold.study, meaning=Meaning.HOLD_LIFT, content__contains=digest
    ).order_by("id")
    return tuple(row for row in rows if json.loads(row.content).get("shown_sha256") == digest)
