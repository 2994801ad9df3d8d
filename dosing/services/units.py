"""Product units: stocked, assigned, thawed, checked, labelled, issued. Each act writes its link of the chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

from dosing.models import ProductLot, ProductUnit
from dosing.rules.reasons_given import reason_given
from dosing.rules.states import CustodyStep, InfusionState, LotState, UnitState
from dosing.rules.unit_handling import (
    may_add,
    may_assign,
    may_check_quality,
    may_issue,
    may_thaw,
    may_unassign,
)
from dosing.selectors.units import decision_reading, unit_facts, unit_for_handling
from dosing.services import custody
from dosing.services.clearing import settle_planned
from enrollment.models import Subject
from trial.errors import require
from trial.models import ProtocolVersion, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.protocol.schema import ProductPlan
from trial.services.regulated import regulated
from trial.services.signatures import Proof


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
        unit = ProductUnit.objects.create(lot=lot, number=number, total_cells=total_cells, volume_ml=volume_ml)
        custody.record(unit=unit, step=CustodyStep.RECEIVED, by=by, at=at)
    return unit


def assign(
    *, unit: ProductUnit, subject: Subject, infusion_number: int, second: Proof, by: User, at: datetime
) -> ProductUnit:
    """Assign a unit of a released lot to one infusion of one subject. Two people: ``second`` signs.

    Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``. Source: domain rule 6.2.
    """
    with handling(unit, act="units.assign", by=by, at=at) as fresh:
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
        step = CustodyStep.ASSIGNED
        custody.require_in_order(decision, fresh, step, at=at)
        content = custody.step_content(fresh, step, subject=subject.code, infusion=infusion_number)
        signature = custody.witness(unit=fresh, step=step, content=content, second=second, by=by, at=at)
        custody.record(unit=fresh, step=step, by=by, at=at, place=fresh.place, second_signature=signature)
        fresh.assigned_subject = subject
        fresh.assigned_infusion_number = infusion_number
        fresh.state = UnitState.ASSIGNED
        fresh.save(update_fields=["assigned_subject", "assigned_infusion_number", "state"])
    return fresh


def unassign(*, unit: ProductUnit, reason: str, by: User, at: datetime) -> ProductUnit:
    """Take an assignment back: the unit, still frozen, is in stock again."""
    with handling(unit, act="units.unassign", by=by, at=at, reason=reason) as fresh:
        decision = may_unassign(unit_facts(fresh)) + reason_given(reason)
        custody.require_in_order(decision, fresh, CustodyStep.UNASSIGNED, at=at)
        custody.record(unit=fresh, step=CustodyStep.UNASSIGNED, by=by, at=at, note=reason)
        fresh.assigned_subject = None
        fresh.assigned_infusion_number = None
        fresh.state = UnitState.IN_STOCK
        fresh.save(update_fields=["assigned_subject", "assigned_infusion_number", "state"])
    return fresh


def thaw(*, unit: ProductUnit, viability: Decimal, by: User, at: datetime) -> ProductUnit:
    """Thaw a unit and enter its post-thaw viability (fraction); the use-by timer starts. Source: Protocol, product."""
    with handling(unit, act="units.thaw", by=by, at=at) as fresh:
        custody.require_in_order(may_thaw(unit_facts(fresh), at=at), fresh, CustodyStep.THAWED, at=at)
        for step in (CustodyStep.THAWED, CustodyStep.COUNTED):
            custody.record(unit=fresh, step=step, by=by, at=at)
        hours = _plan(fresh).use_by_hours_after_thaw
        fresh.thawed_at = at
        fresh.use_by_at = at + timedelta(seconds=int(hours * 3600))
        fresh.viability = viability
        fresh.save(update_fields=["thawed_at", "use_by_at", "viability"])
    return fresh


def check_quality(*, unit: ProductUnit, second: Proof, by: User, at: datetime) -> ProductUnit:
    """Pass a thawed unit: in time and viable enough. Two people: ``second`` signs. Source: domain rule 6.2."""
    return _checked(unit, CustodyStep.QC_RELEASED, act="units.check_quality", second=second, by=by, at=at)


def label(*, unit: ProductUnit, second: Proof, by: User, at: datetime) -> ProductUnit:
    """Put the label on the unit and compare it. Two people: ``second`` signs. Source: domain rule 6.2."""
    return _checked(unit, CustodyStep.LABELLED, act="units.label", second=second, by=by, at=at)


def issue(*, unit: ProductUnit, by: User, at: datetime) -> ProductUnit:
    """Hand a thawed, checked and labelled unit out to the ward. The database looks for the two people again."""
    with handling(unit, act="units.issue", by=by, at=at) as fresh:
        reading = decision_reading(fresh.assigned_subject, issuer=by, at=at)
        decision = may_issue(unit_facts(fresh), plan=_plan(fresh), reading=reading, at=at)
        custody.require_in_order(decision, fresh, CustodyStep.ISSUED, at=at)
        custody.record(unit=fresh, step=CustodyStep.ISSUED, by=by, at=at)
        fresh.state = UnitState.ISSUED
        fresh.issued_at = at
        fresh.issued_by = by
        fresh.save(update_fields=["state", "issued_at", "issued_by"])
    return fresh


def _checked(unit: ProductUnit, step: CustodyStep, *, act: str, second: Proof, by: User, at: datetime) -> ProductUnit:
    with handling(unit, act=act, by=by, at=at) as fresh:
        custody.require_in_order(may_check_quality(unit_facts(fresh), plan=_plan(fresh), at=at), fresh, step, at=at)
        content = custody.step_content(fresh, step)
        signature = custody.witness(unit=fresh, step=step, content=content, second=second, by=by, at=at)
        custody.record(unit=fresh, step=step, by=by, at=at, second_signature=signature)
    return fresh


@contextmanager
def handling(unit: ProductUnit, *, act: str, by: User, at: datetime, reason: str = "") -> Iterator[ProductUnit]:
    """The frame of every handling: who may, the study lock, the unit read again under it.

    Afterwards the infusion that it is, or was, meant for stands as the handling leaves it.
    """
    study = unit.lot.study
    with regulated(by=by, act=act, study=study, reason=reason):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        fresh = unit_for_handling(unit.pk)
        meant = fresh.assigned_subject, fresh.assigned_infusion_number
        yield fresh
        subject, number = meant if meant[0] else (fresh.assigned_subject, fresh.assigned_infusion_number)
        if subject is not None and number is not None:
            settle_planned(subject=subject, number=number, at=at)


def _plan(unit: ProductUnit) -> ProductPlan:
    return ProtocolVersion.objects.get(study=unit.lot.study, state="ACTIVE").definition.product
