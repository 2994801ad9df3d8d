"""States and closed lists of dosing. Models take their choices from here; only ``advance`` changes a state."""

from __future__ import annotations

from enum import StrEnum


class InfusionState(StrEnum):
    PLANNED = "PLANNED"
    CLEARED = "CLEARED"
    PRODUCT_ISSUED = "PRODUCT_ISSUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    STOPPED_EARLY = "STOPPED_EARLY"
    NOT_GIVEN = "NOT_GIVEN"


STARTED = frozenset({InfusionState.RUNNING, InfusionState.PAUSED, InfusionState.COMPLETED, InfusionState.STOPPED_EARLY})

NOT_STARTED = frozenset({InfusionState.PLANNED, InfusionState.CLEARED, InfusionState.PRODUCT_ISSUED})

INFUSION_TRANSITIONS: dict[InfusionState, frozenset[InfusionState]] = {
    InfusionState.PLANNED: frozenset(
        {InfusionState.CLEARED, InfusionState.PRODUCT_ISSUED, InfusionState.RUNNING, InfusionState.NOT_GIVEN}
    ),
    InfusionState.CLEARED: frozenset({InfusionState.PRODUCT_ISSUED, InfusionState.RUNNING, InfusionState.NOT_GIVEN}),
    InfusionState.PRODUCT_ISSUED: frozenset({InfusionState.RUNNING, InfusionState.NOT_GIVEN}),
    InfusionState.RUNNING: frozenset({InfusionState.PAUSED, InfusionState.COMPLETED, InfusionState.STOPPED_EARLY}),
    InfusionState.PAUSED: frozenset({InfusionState.RUNNING, InfusionState.COMPLETED, InfusionState.STOPPED_EARLY}),
    InfusionState.COMPLETED: frozenset(),
    InfusionState.STOPPED_EARLY: frozenset(),
    InfusionState.NOT_GIVEN: frozenset(),
}


class StopReason(StrEnum):
    REACTION = "reaction"
    LOGISTIC = "logistic"
    TECHNICAL = "technical"


class LotState(StrEnum):
    QUARANTINED = "QUARANTINED"
    RELEASED = "RELEASED"
    REJECTED = "REJECTED"


class UnitState(StrEnum):
    IN_STOCK = "IN_STOCK"
    ASSIGNED = "ASSIGNED"
    ISSUED = "ISSUED"
    INFUSED = "INFUSED"
    RETURNED = "RETURNED"
    QUARANTINED = "QUARANTINED"
    DESTROYED = "DESTROYED"


class PregnancyResult(StrEnum):
    NEGATIVE = "negative"
    POSITIVE = "positive"
    INVALID = "invalid"
    NOT_APPLICABLE = "not_applicable"
