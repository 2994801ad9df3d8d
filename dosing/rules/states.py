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
    # Waiting, it goes back as well: a unit is taken out, a measurement is corrected.
    InfusionState.PLANNED: frozenset(
        {InfusionState.CLEARED, InfusionState.PRODUCT_ISSUED, InfusionState.RUNNING, InfusionState.NOT_GIVEN}
    ),
    InfusionState.CLEARED: frozenset(
        {InfusionState.PLANNED, InfusionState.PRODUCT_ISSUED, InfusionState.RUNNING, InfusionState.NOT_GIVEN}
    ),
    InfusionState.PRODUCT_ISSUED: frozenset(
        {InfusionState.PLANNED, InfusionState.CLEARED, InfusionState.RUNNING, InfusionState.NOT_GIVEN}
    ),
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


class PauseReason(StrEnum):
    REACTION = "reaction"
    VITAL_SIGNS = "vital_signs"
    ACCESS = "access"
    TECHNICAL = "technical"
    REQUEST = "request"
    OTHER = "other"


class DoseModel(StrEnum):
    """How the dose comes out of the unit: the volume worked out is drawn, or all that the bag holds is given."""

    VOLUME = "VOLUME"
    BAG = "BAG"


class AlertAction(StrEnum):
    """What was done about an alert."""

    PAUSED = "paused"
    STOPPED = "stopped"
    TREATED = "treated"
    WATCHED = "watched"
    WRONG = "wrong_value"


class NotGivenBecause(StrEnum):
    """Why a planned infusion was not given. One withheld because of an adverse event is evidence (G28)."""

    ADVERSE_EVENT = "adverse_event"
    PARTICIPANT = "participant"
    PRODUCT = "product"
    LOGISTIC = "logistic"
    HOLD = "hold"
    OTHER = "other"


class CustodyStep(StrEnum):
    """The chain of custody in its usual order. Source: domain 6.2."""

    RECEIVED = "RECEIVED"
    STORED = "STORED"
    MOVED = "MOVED"
    ASSIGNED = "ASSIGNED"
    UNASSIGNED = "UNASSIGNED"
    RETRIEVED = "RETRIEVED"
    THAW_STARTED = "THAW_STARTED"
    THAWED = "THAWED"
    PREPARED = "PREPARED"
    COUNTED = "COUNTED"
    QC_RELEASED = "QC_RELEASED"
    LABELLED = "LABELLED"
    ISSUED = "ISSUED"
    TRANSPORTED = "TRANSPORTED"
    AT_BEDSIDE = "AT_BEDSIDE"
    IDENTITY_CHECKED = "IDENTITY_CHECKED"
    STARTED = "STARTED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    ENDED = "ENDED"
    QUARANTINED = "QUARANTINED"
    RETURNED_TO_USE = "RETURNED_TO_USE"
    RETURNED = "RETURNED"
    DESTROYED = "DESTROYED"
    RECONCILED = "RECONCILED"


# Steps that two people do. Source: domain 6.2; destruction is witnessed.
TWO_PERSON_STEPS = frozenset(
    {
        CustodyStep.ASSIGNED,
        CustodyStep.QC_RELEASED,
        CustodyStep.LABELLED,
        CustodyStep.IDENTITY_CHECKED,
        CustodyStep.DESTROYED,
    }
)


class ExcursionDecision(StrEnum):
    OPEN = ""
    USABLE = "USABLE"
    DESTROY = "DESTROY"
