"""What the rules of handling ask of a unit, read from its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Q, Sum

from dosing.models import CustodyEvent, Infusion, ProductUnit, Quarantine
from dosing.rules.custody import Link, in_order
from dosing.rules.states import CustodyStep, ExcursionDecision, InfusionState, LotState, UnitState
from dosing.rules.unit_handling import (
    DecisionReading,
    UnitFacts,
    Volumes,
    may_assign,
    may_check_quality,
    may_destroy,
    may_issue,
    may_reconcile,
    may_set_aside,
    may_take_back,
    may_thaw,
    may_unassign,
)
from enrollment.models import Allocation, Subject
from trial.models import ClearanceReading, CohortClearance, User
from trial.protocol.schema import ProductPlan
from trial.rules.decision import Decision
from trial.rules.roles import Role
from trial.rules.states import ClearanceBasis

_NOTHING = Decimal(0)


class UnitAct(StrEnum):
    """What the pharmacy does with a unit, in the usual order."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    THAW = "thaw"
    CHECK = "check"
    LABEL = "label"
    ISSUE = "issue"
    TAKE_BACK = "take_back"
    DESTROY = "destroy"
    RECONCILE = "reconcile"
    SET_ASIDE = "set_aside"


def unit_for_handling(pk: int) -> ProductUnit:
    """A unit with everything that handling it reads, in one query."""
    return ProductUnit.objects.select_related("lot__study", "assigned_subject__site").get(pk=pk)


def unit_facts(unit: ProductUnit) -> UnitFacts:
    return UnitFacts(
        lot_state=LotState(unit.lot.state),
        lot_expires_at=unit.lot.expires_at,
        state=UnitState(unit.state),
        thawed_at=unit.thawed_at,
        use_by_at=unit.use_by_at,
        viability=unit.viability,
    )


def chain_of(unit: ProductUnit) -> tuple[Link, ...]:
    """The chain of a unit, in the order in which it was recorded: no link may lie before an earlier one. One query."""
    rows = unit.custody.order_by("id").values_list("step", "happened_at", "place")
    return tuple(Link(step=CustodyStep(step), happened_at=when, place=place) for step, when, place in rows)


def volumes_of(unit: ProductUnit) -> Volumes:
    """What ran in, came back and was destroyed of a unit. Two queries."""
    infused = (
        Infusion.objects.filter(unit=unit, ended_at__isnull=False).values_list("infused_volume_ml", flat=True).first()
    )
    of = {step: Sum("volume_ml", filter=Q(step=step)) for step in (CustodyStep.RETURNED, CustodyStep.DESTROYED)}
    sums = CustodyEvent.objects.filter(unit=unit).aggregate(
        returned=of[CustodyStep.RETURNED], destroyed=of[CustodyStep.DESTROYED]
    )
    return Volumes(
        held=unit.volume_ml,
        infused=infused,
        returned=sums["returned"] or _NOTHING,
        destroyed=sums["destroyed"] or _NOTHING,
    )


def latest_quarantine(unit: ProductUnit) -> Quarantine | None:
    return unit.quarantines.order_by("-id").first()


def decided(unit: ProductUnit) -> ExcursionDecision | None:
    """What was decided of the quarantine in which the unit stands; None outside of one."""
    quarantine = latest_quarantine(unit) if unit.state == UnitState.QUARANTINED else None
    return ExcursionDecision(quarantine.decision) if quarantine else None


def decision_reading(subject: Subject | None, *, issuer: User, at: datetime) -> DecisionReading | None:
    """Who has read the latest decision that opened the subject's cohort; None where no decision opened it.

    Whether the cohort is still open is the guard's to say: product of a closed one is issued and not infused.
    """
    allocation = (
        Allocation.objects.filter(subject=subject, vacated_at__isnull=True).select_related("slot").first()
        if subject
        else None
    )
    if allocation is None:
        return None
    opened = CohortClearance.objects.filter(cohort=allocation.slot.cohort_id, opened_at__lte=at)
    clearance = opened.order_by("-id").first()
    if clearance is None:
        return DecisionReading(issuer=False, nurse=False)
    if clearance.basis == ClearanceBasis.FIRST_COHORT:
        return None
    readings = list(ClearanceReading.objects.filter(clearance=clearance).values_list("user_id", "role"))
    return DecisionReading(
        issuer=any(user == issuer.pk for user, _role in readings),
        nurse=any(role == Role.NURSE for _user, role in readings),
    )


def decisions(unit: ProductUnit, *, plan: ProductPlan, issuer: User, at: datetime) -> Mapping[UnitAct, Decision]:
    """For each act everything that stands against it now: the rules of the services, asked for a page or the API.

    Assigning is judged as to an infusion that waits; volumes and notes, which are typed, as if they were in order.
    """
    facts, chain, volumes = unit_facts(unit), chain_of(unit), volumes_of(unit)
    reading = decision_reading(unit.assigned_subject, issuer=issuer, at=at)

    def and_order(decision: Decision, step: CustodyStep) -> Decision:
        return in_order(decision, chain, step, at=at)

    return {
        UnitAct.ASSIGN: and_order(
            may_assign(facts, other_unit=None, infusion_state=InfusionState.PLANNED, at=at), CustodyStep.ASSIGNED
        ),
        UnitAct.UNASSIGN: and_order(may_unassign(facts), CustodyStep.UNASSIGNED),
        UnitAct.THAW: and_order(may_thaw(facts, at=at), CustodyStep.THAWED),
        UnitAct.CHECK: and_order(may_check_quality(facts, plan=plan, at=at), CustodyStep.QC_RELEASED),
        UnitAct.LABEL: and_order(may_check_quality(facts, plan=plan, at=at), CustodyStep.LABELLED),
        UnitAct.ISSUE: and_order(may_issue(facts, plan=plan, reading=reading, at=at), CustodyStep.ISSUED),
        UnitAct.TAKE_BACK: and_order(may_take_back(facts, volumes=volumes, volume_ml=_NOTHING), CustodyStep.RETURNED),
        UnitAct.DESTROY: and_order(
            may_destroy(facts, volumes=volumes, volume_ml=_NOTHING, decided=decided(unit)), CustodyStep.DESTROYED
        ),
        UnitAct.RECONCILE: and_order(may_reconcile(facts, volumes=volumes, note="to be typed"), CustodyStep.RECONCILED),
        UnitAct.SET_ASIDE: may_set_aside(facts),
    }
