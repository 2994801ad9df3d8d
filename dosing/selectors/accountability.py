"""Where every unit went, counted and listed: the balance of lots, the way of a lot, the product of a subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from dosing.models import CustodyEvent, Infusion, ProductLot, ProductUnit, RecipientFollowUp
from dosing.rules.accountability import Balance, UnitAccount, balance
from dosing.rules.custody import FATE_STEPS
from dosing.rules.states import CustodyStep, InfusionState, UnitState
from dosing.selectors.lots import visible_units
from enrollment.models import Subject
from trial.edge.context import TrialContext
from trial.models import Study

# Lots and units that end within so many days stand in the list of what expires.
SOON = timedelta(days=90)
_RUNNING_OUT = (UnitState.ASSIGNED, UnitState.ISSUED)


def lots_of(study: Study) -> QuerySet[ProductLot]:
    return ProductLot.objects.filter(study=study).order_by("number")


def balances(lots: Sequence[ProductLot]) -> dict[int, Balance]:
    """The balance of each of these lots, by its id. Two queries, whatever their number."""
    steps: dict[int, list[CustodyStep]] = {}
    links = CustodyEvent.objects.filter(lot__in=lots, unit__isnull=False, step__in=FATE_STEPS)
    for unit_id, step in links.order_by("id").values_list("unit_id", "step"):
        if unit_id is not None:
            steps.setdefault(unit_id, []).append(CustodyStep(step))
    accounts: dict[int, list[UnitAccount]] = {lot.pk: [] for lot in lots}
    units = ProductUnit.objects.filter(lot__in=lots).order_by("lot__number", "number")
    for pk, lot_id, lot_number, number, state in units.values_list("pk", "lot_id", "lot__number", "number", "state"):
        accounts[lot_id].append(
            UnitAccount(label=f"{lot_number}/{number}", state=UnitState(state), steps=steps.get(pk, []))
        )
    return {pk: balance(of_lot) for pk, of_lot in accounts.items()}


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One unit on its way. ``subject`` None: nobody, or somebody whom this person does not see (``is_hidden``)."""

    unit: ProductUnit
    subject: str | None
    is_hidden: bool
    infusion: Infusion | None
    follow_ups: tuple[RecipientFollowUp, ...]


def trace_of_lot(trial: TrialContext, lot: ProductLot) -> list[TraceLine]:
    """From the lot to whoever received it, and what became of the infusion. Three queries."""
    return _lines(list(visible_units(trial).filter(lot=lot)))


def trace_of_subject(trial: TrialContext, subject: Subject) -> list[TraceLine]:
    """From the subject to lots and donors: every unit that is or was meant for them. Three queries."""
    mine = visible_units(trial).filter(assigned_subject=subject)
    return _lines(list(mine.order_by("assigned_infusion_number", "id")))


def _lines(units: list[ProductUnit]) -> list[TraceLine]:
    given = Infusion.objects.filter(unit__in=units).exclude(state=InfusionState.NOT_GIVEN)
    infusions = {infusion.unit_id: infusion for infusion in given.select_related("subject")}
    follow_ups: dict[int, list[RecipientFollowUp]] = {}
    for row in RecipientFollowUp.objects.filter(infusion__in=infusions.values()).order_by("opened_at", "id"):
        follow_ups.setdefault(row.infusion_id, []).append(row)
    return [_line(unit, infusions.get(unit.pk), follow_ups) for unit in units]


def _line(unit: ProductUnit, infusion: Infusion | None, follow_ups: dict[int, list[RecipientFollowUp]]) -> TraceLine:
    subject: str | None = getattr(unit, "subject_code", None)
    is_hidden = unit.assigned_subject_id is not None and subject is None
    return TraceLine(
        unit=unit,
        subject=subject,
        is_hidden=is_hidden,
        infusion=None if is_hidden else infusion,
        follow_ups=() if is_hidden or infusion is None else tuple(follow_ups.get(infusion.pk, ())),
    )


def donors_of(lines: Iterable[TraceLine]) -> tuple[str, ...]:
    """Donor codes whose product the subject has received."""
    return tuple(sorted({line.unit.lot.donor_code for line in lines if line.unit.state == UnitState.INFUSED}))


def units_running_out(trial: TrialContext) -> QuerySet[ProductUnit]:
    """Thawed units that are not used yet, the most urgent first. One query."""
    running = visible_units(trial).filter(state__in=_RUNNING_OUT, use_by_at__isnull=False)
    return running.order_by("use_by_at", "id")


def lots_expiring(trial: TrialContext, *, at: datetime) -> QuerySet[ProductLot]:
    """Lots that expire soon or have expired, with units still there, the most urgent first."""
    there = [state for state in UnitState if state not in (UnitState.INFUSED, UnitState.DESTROYED)]
    soon = lots_of(trial.study).filter(expires_at__lte=at + SOON, units__state__in=there)
    return soon.distinct().order_by("expires_at", "number")
