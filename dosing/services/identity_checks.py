"""The identity check at the bedside: who infuses signs first, then another person, both over the same content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dosing.models import Infusion, ProductUnit
from dosing.rules.identity import IdentityFacts, may_check_identity, wrong_unit
from dosing.rules.states import CustodyStep, InfusionState
from dosing.selectors.guard import covers, infusion_for_guard
from dosing.services import custody
from dosing.services.clearing import settle
from dosing.services.departures import raise_departure
from trial.errors import require
from trial.models import ElectronicSignature, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision
from trial.rules.roles import Role
from trial.rules.states import DeviationCategory, Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign


def identity_content(infusion: Infusion, unit: ProductUnit) -> dict[str, Any]:
    """What both people sign: this subject, this infusion, this unit of this lot."""
    return {
        "type": "identity_check",
        "subject": infusion.subject.code,
        "infusion": infusion.number,
        "unit": unit.pk,
        "unit_label": str(unit),
        "lot": unit.lot.number,
    }


def identify(*, infusion: Infusion, unit: ProductUnit, proof: Proof, at: datetime) -> Infusion:
    """The person who infuses checks subject and unit and signs first; a second signature from before falls away.

    Raises as ``verify_identity``. Source: Protocol, two-person identity check; domain 6.2.
    """
    return _check(infusion, unit, proof, at=at, first=True)


def verify_identity(*, infusion: Infusion, unit: ProductUnit, proof: Proof, at: datetime) -> Infusion:
    """Another person checks the same subject and unit and signs the same content. With it the unit is identified.

    A unit that is meant for somebody else is refused, and the incident is kept although nothing is signed.
    Source: Protocol, two-person identity check; G38 (wrong bag discovered before start).
    """
    return _check(infusion, unit, proof, at=at, first=False)


def identity_decision(infusion: Infusion, unit: ProductUnit, *, first: bool, signer: User | None = None) -> Decision:
    """Whether this person may sign now, as the first or the second. ``signer`` None: somebody who is not known yet."""
    return may_check_identity(_facts(infusion, unit, signer), first=first)


def _check(infusion: Infusion, unit: ProductUnit, proof: Proof, *, at: datetime, first: bool) -> Infusion:
    subject, by = infusion.subject, proof.user
    needed = Permission.INFUSION_ADMINISTER if first else Permission.INFUSION_VERIFY
    act = "infusions.identify" if first else "infusions.verify_identity"
    with regulated(by=by, act=act, study=subject.study):
        role = require_permission(by, needed, study=subject.study, at=at, site=subject.site)
        infusion = infusion_for_guard(infusion.pk)
        unit = ProductUnit.objects.select_related("lot__study").get(pk=unit.pk)
        decision = identity_decision(infusion, unit, first=first, signer=by)
        if wrong_unit(decision):
            _keep_incident(infusion, unit, by=by, at=at)
        elif decision.allowed:
            signature = _signed(infusion, unit, proof, role=role, at=at)
            _write(infusion, unit, signature, first=first)
            _link(infusion, unit, at=at)
            settle(infusion, at=at)
    # After the transaction: the refusal must not take the incident back with it.
    require(decision)
    return infusion


def _facts(infusion: Infusion, unit: ProductUnit, signer: User | None) -> IdentityFacts:
    earlier = infusion.first_identity_signature
    stands = earlier is not None and infusion.unit_id == unit.pk and covers(earlier, infusion)
    return IdentityFacts(
        state=InfusionState(infusion.state),
        subject=infusion.subject.code,
        infusion_number=infusion.number,
        unit=str(unit),
        unit_state=unit.state,
        is_meant=unit.assigned_subject_id == infusion.subject_id and unit.assigned_infusion_number == infusion.number,
        first_signer=earlier.signer.username if earlier is not None and stands else None,
        signer=signer.username if signer else None,
    )


def _signed(infusion: Infusion, unit: ProductUnit, proof: Proof, *, role: Role, at: datetime) -> ElectronicSignature:
    content = identity_content(infusion, unit)
    return sign(
        proof=proof,
        study=infusion.subject.study,
        role=role,
        meaning=Meaning.IDENTITY_CHECK,
        content=content,
        seen_sha256=content_hash(content),
        at=at,
    )


def _write(infusion: Infusion, unit: ProductUnit, signature: ElectronicSignature, *, first: bool) -> None:
    infusion.unit = unit
    if first:
        infusion.first_identity_signature, infusion.identity_signature = signature, None
    else:
        infusion.identity_signature = signature
    infusion.save(update_fields=["unit", "first_identity_signature", "identity_signature"])


def _link(infusion: Infusion, unit: ProductUnit, *, at: datetime) -> None:
    """With both signatures the check is a link of the chain: done by the first person, signed by the second."""
    first, second = infusion.first_identity_signature, infusion.identity_signature
    if first is not None and second is not None:
        step = CustodyStep.IDENTITY_CHECKED
        custody.record(unit=unit, step=step, by=first.signer, at=at, second_signature=second)


def _keep_incident(infusion: Infusion, unit: ProductUnit, *, by: User, at: datetime) -> None:
    raise_departure(
        infusion,
        category=DeviationCategory.IDENTITY,
        code="DOS-PRODUCT-ASSIGNED",
        about=f"wrong-unit:{unit.pk}",
        description=f"unit {unit} was at the bedside and is not meant for this infusion. It was refused.",
        occurred_at=at,
        by=by,
        at=at,
    )
