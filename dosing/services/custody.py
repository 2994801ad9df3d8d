"""Links of the chain of custody: written in the transaction of the act that they tell of, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from dosing.models import CustodyEvent, ProductLot, ProductUnit
from dosing.rules.custody import PLACING_STEPS, in_order, may_witness
from dosing.rules.states import CustodyStep
from dosing.selectors.units import chain_of
from trial.errors import require
from trial.models import ElectronicSignature, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision
from trial.rules.states import Meaning
from trial.services.signatures import Proof, content_hash, sign


def record(
    *,
    unit: ProductUnit,
    step: CustodyStep,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    place: str = "",
    temperature_celsius: Decimal | None = None,
    volume_ml: Decimal | None = None,
    note: str = "",
    second_signature: ElectronicSignature | None = None,
) -> CustodyEvent:
    """Write one link, inside the caller's regulated transaction. It asks nothing: the act's own rules have decided.

    ``happened_at`` None: now. ``second_signature``: that of the other person, where the step asks for two; the database
    refuses the link without it. ``volume_ml``: what came back, or was destroyed. A step that moves the unit sets its
    place. Source: domain rule 6.2; Taiwan GCP Art. 93.
    """
    if step in PLACING_STEPS and unit.place != place:
        unit.place = place
        unit.save(update_fields=["place"])
    return CustodyEvent.objects.create(
        lot_id=unit.lot_id,
        unit=unit,
        step=step,
        happened_at=happened_at or at,
        place=place,
        temperature_celsius=temperature_celsius,
        volume_ml=volume_ml,
        note=note,
        by=by,
        second_signature=second_signature,
        recorded_at=at,
    )


def record_lot(*, lot: ProductLot, step: CustodyStep, by: User, at: datetime, note: str = "") -> CustodyEvent:
    """A link that concerns the whole lot: its receipt, before its units are booked in."""
    return CustodyEvent.objects.create(lot=lot, step=step, happened_at=at, note=note, by=by, recorded_at=at)


def require_in_order(decision: Decision, unit: ProductUnit, step: CustodyStep, *, at: datetime) -> None:
    """Raises ``RuleViolation`` with what stands against the act, and with what the order of the chain adds."""
    require(in_order(decision, chain_of(unit), step, at=at))


def step_content(
    unit: ProductUnit, step: CustodyStep, *, subject: str | None = None, infusion: int | None = None
) -> dict[str, Any]:
    """What the second person of a step signs: this step, this unit, for this subject and infusion.

    ``subject`` (a code) and ``infusion``: those it is being assigned to; else those it is assigned to.
    """
    assigned = unit.assigned_subject.code if unit.assigned_subject else None
    return {
        "type": "custody_step",
        "step": step.value,
        "unit": unit.pk,
        "unit_label": str(unit),
        "lot": unit.lot.number,
        "subject": subject or assigned,
        "infusion": infusion or unit.assigned_infusion_number,
        "viability": unit.viability,
        "thawed_at": unit.thawed_at,
        "use_by_at": unit.use_by_at,
    }


def witness(
    *,
    unit: ProductUnit,
    step: CustodyStep,
    content: Mapping[str, Any],
    second: Proof,
    by: User,
    at: datetime,
    shown: Mapping[str, Any] | None = None,
) -> ElectronicSignature:
    """The signature of the second person at a step of two people.

    ``shown``: what the form showed, where ``content`` holds besides what was typed into it.
    Raises ``NotPermitted`` for somebody who may not witness, ``RuleViolation`` for the first person once more,
    ``StaleRecord`` when they saw something else.
    """
    study = unit.lot.study
    role = require_permission(second.user, Permission.PRODUCT_WITNESS, study=study, at=at)
    require(may_witness(step=step, first=by.username, second=second.user.username))
    return sign(
        proof=second,
        study=study,
        role=role,
        meaning=Meaning.SECOND_PERSON,
        content=content,
        seen_sha256=content_hash(content if shown is None else shown),
        at=at,
    )
