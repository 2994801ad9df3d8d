"""What does not run in: brought back from the bedside, destroyed before a witness, and accounted for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dosing.models import ProductUnit
from dosing.rules.reasons_given import reason_given
from dosing.rules.states import CustodyStep, UnitState
from dosing.rules.unit_handling import may_destroy, may_reconcile, may_take_back
from dosing.selectors.units import decided, unit_facts, volumes_of
from dosing.services import custody
from dosing.services.units import handling
from trial.models import User
from trial.services.signatures import Proof


def take_back(*, unit: ProductUnit, volume_ml: Decimal, place: str, note: str, by: User, at: datetime) -> ProductUnit:
    """Take back from the bedside an unused unit, or the rest (``volume_ml``) of an infused one, which stays infused."""
    with handling(unit, act="returns.take_back", by=by, at=at, reason=note) as fresh:
        decision = may_take_back(unit_facts(fresh), volumes=volumes_of(fresh), volume_ml=volume_ml)
        custody.require_in_order(decision, fresh, CustodyStep.RETURNED, at=at)
        custody.record(unit=fresh, step=CustodyStep.RETURNED, by=by, at=at, place=place, volume_ml=volume_ml, note=note)
        if fresh.state == UnitState.ISSUED:
            fresh.state = UnitState.RETURNED
            fresh.save(update_fields=["state"])
    return fresh


def destroy(
    *, unit: ProductUnit, volume_ml: Decimal, reason: str, second: Proof, by: User, at: datetime
) -> ProductUnit:
    """Destroy a unit, or the rest of an infused one, before a witness who signs. Another can then be assigned.

    The witness saw the unit; volume and reason are in what is signed. Source: Taiwan GCP Art. 93 (accountability).
    """
    with handling(unit, act="returns.destroy", by=by, at=at, reason=reason) as fresh:
        volumes, step = volumes_of(fresh), CustodyStep.DESTROYED
        decision = may_destroy(unit_facts(fresh), volumes=volumes, volume_ml=volume_ml, decided=decided(fresh))
        custody.require_in_order(decision + reason_given(reason), fresh, step, at=at)
        shown = custody.step_content(fresh, step)
        content = {**shown, "volume_ml": volume_ml, "reason": reason}
        signature = custody.witness(unit=fresh, step=step, content=content, shown=shown, second=second, by=by, at=at)
        custody.record(
            unit=fresh, step=step, by=by, at=at, volume_ml=volume_ml, note=reason, second_signature=signature
        )
        if fresh.state != UnitState.INFUSED:
            fresh.state = UnitState.DESTROYED
            fresh.save(update_fields=["state"])
    return fresh


def reconcile(*, unit: ProductUnit, note: str, by: User, at: datetime) -> ProductUnit:
    """Close the account of a unit that was infused or destroyed. What is missing of its volume needs ``note``."""
    with handling(unit, act="returns.reconcile", by=by, at=at, reason=note) as fresh:
        decision = may_reconcile(unit_facts(fresh), volumes=volumes_of(fresh), note=note)
        custody.require_in_order(decision, fresh, CustodyStep.RECONCILED, at=at)
        custody.record(unit=fresh, step=CustodyStep.RECONCILED, by=by, at=at, note=note)
    return fresh
