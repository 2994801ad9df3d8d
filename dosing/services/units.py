"""Product units: stocking, assignment to a subject and infusion, thawing, issue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

from dosing.models import ProductLot, ProductUnit
from dosing.rules.reasons_given import reason_given
from dosing.rules.states import InfusionState, LotState, UnitState
from dosing.rules.unit_handling import UnitFacts, may_add, may_assign, may_discard, may_issue, may_thaw
from enrollment.models import Subject
from trial.errors import require
from trial.models import ProtocolVersion, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.protocol.schema import ProductPlan
from trial.services.regulated import regulated


def add(
    *, lot: ProductLot, number: str, total_cells: Decimal, volume_ml: Decimal, by: User, at: datetime
) -> ProductUnit:
    """Book a unit of a lot in. ``total_cells`` viable and dead, ``volume_ml`` of the suspension."""
    with regulated(by=by, act="units.add", study=lot.study):
        require_permission(by, Permission.PRODUCT_HANDLE, study=lot.study, at=at)
        lot = ProductLot.objects.get(pk=lot.pk)
        taken = lot.units.filter(number=number).exists()
        require(
            may_add(number=number, taken=taken, lot_state=LotState(lot.state), lot_expires_at=lot.expires_at, at=at)
        )
        return ProductUnit.objects.create(lot=lot, number=number, total_cells=total_cells, volume_ml=volume_ml)


def assign(*, unit: ProductUnit, subject: Subject, infusion_number: int, by: User, at: datetime) -> ProductUnit:
    """Assign a unit of a released lot to one infusion of one subject."""
    with _handling(unit, act="units.assign", by=by, at=at) as fresh:
        other = (
            ProductUnit.objects.filter(
                assigned_subject=subject, assigned_infusion_number=infusion_number, state__in=["ASSIGNED", "ISSUED"]
            )
            .select_related("lot")
            .first()
        )
        infusion = subject.infusions.filter(number=infusion_number).first()
        decision = may_assign(
            unit_facts(fresh),
            other_unit=str(other) if other else None,
            infusion_state=InfusionState(infusion.state) if infusion else None,
            at=at,
        )
        require(decision)
        fresh.assigned_subject = subject
        fresh.assigned_infusion_number = infusion_number
        fresh.state = UnitState.ASSIGNED
        fresh.save(update_fields=["assigned_subject", "assigned_infusion_number", "state"])
    return fresh


def thaw(*, unit: ProductUnit, viability: Decimal, by: User, at: datetime) -> ProductUnit:
    """Thaw a unit and enter its post-thaw viability (fraction); the use-by timer starts. Source: Protocol, product."""
    with _handling(unit, act="units.thaw", by=by, at=at) as fresh:
        require(may_thaw(unit_facts(fresh), at=at))
        hours = _plan(fresh).use_by_hours_after_thaw
        fresh.thawed_at = at
        fresh.use_by_at = at + timedelta(seconds=int(hours * 3600))
        fresh.viability = viability
        fresh.save(update_fields=["thawed_at", "use_by_at", "viability"])
    return fresh


def issue(*, unit: ProductUnit, by: User, at: datetime) -> ProductUnit:
    """Hand a thawed unit out to the ward."""
    with _handling(unit, act="units.issue", by=by, at=at) as fresh:
        require(may_issue(unit_facts(fresh), plan=_plan(fresh), at=at))
        fresh.state = UnitState.ISSUED
        fresh.issued_at = at
        fresh.issued_by = by
        fresh.save(update_fields=["state", "issued_at", "issued_by"])
    return fresh


def discard(*, unit: ProductUnit, reason: str, by: User, at: datetime) -> ProductUnit:
    """Take a unit out for good, with the reason. Another one can then be assigned to its infusion.

    Source: Taiwan GCP Art. 93 (accountability of the product).
    """
    with _handling(unit, act="units.discard", by=by, at=at, reason=reason) as fresh:
        require(may_discard(unit_facts(fresh)) + reason_given(reason))
        fresh.state = UnitState.DESTROYED
        fresh.save(update_fields=["state"])
    return fresh


def unit_facts(unit: ProductUnit) -> UnitFacts:
    return UnitFacts(
        lot_state=LotState(unit.lot.state),
        lot_expires_at=unit.lot.expires_at,
        state=UnitState(unit.state),
        thawed_at=unit.thawed_at,
        use_by_at=unit.use_by_at,
        viability=unit.viability,
    )


@contextmanager
def _handling(unit: ProductUnit, *, act: str, by: User, at: datetime, reason: str = "") -> Iterator[ProductUnit]:
    """The frame of every handling: who may, the study lock, the unit read again under it."""
    study = unit.lot.study
    with regulated(by=by, act=act, study=study, reason=reason):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        yield ProductUnit.objects.select_related("lot__study").get(pk=unit.pk)


def _plan(unit: ProductUnit) -> ProductPlan:
    return ProtocolVersion.objects.get(study=unit.lot.study, state="ACTIVE").definition.product
