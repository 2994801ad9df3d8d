"""The chain of custody: which handling may follow which, and what the chain says of a unit.

A chain is the list of links of one unit as they happened. Source: domain rule "chain of identity and custody"
(6.2); Taiwan GCP Art. 93; ``docs/adr/0011-chain-of-custody.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.rules.states import TWO_PERSON_STEPS, CustodyStep, UnitState
from trial.protocol.schema_monitoring import TemperatureLimit
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, product: chain of identity and custody; Taiwan GCP Art. 93"
_S = CustodyStep

STEP_LABELS: dict[CustodyStep, str] = {
    _S.RECEIVED: "Received",
    _S.STORED: "Stored",
    _S.MOVED: "Moved",
    _S.ASSIGNED: "Assigned",
    _S.UNASSIGNED: "Assignment taken back",
    _S.RETRIEVED: "Taken from storage",
    _S.THAW_STARTED: "Thaw started",
    _S.THAWED: "Thawed",
    _S.PREPARED: "Washed or diluted",
    _S.COUNTED: "Counted after thawing",
    _S.QC_RELEASED: "Quality control passed",
    _S.LABELLED: "Labelled",
    _S.ISSUED: "Issued",
    _S.TRANSPORTED: "Transported",
    _S.AT_BEDSIDE: "Received at the bedside",
    _S.IDENTITY_CHECKED: "Identity checked",
    _S.STARTED: "Infusion started",
    _S.PAUSED: "Infusion paused",
    _S.RESUMED: "Infusion resumed",
    _S.ENDED: "Infusion ended",
    _S.QUARANTINED: "Set aside in quarantine",
    _S.RETURNED_TO_USE: "Returned to use",
    _S.RETURNED: "Returned to the pharmacy",
    _S.DESTROYED: "Destroyed",
    _S.RECONCILED: "Reconciled",
}

# What a person records by hand, because no other act of the product tells it.
MANUAL_STEPS = (
    _S.STORED,
    _S.MOVED,
    _S.RETRIEVED,
    _S.THAW_STARTED,
    _S.PREPARED,
    _S.TRANSPORTED,
    _S.AT_BEDSIDE,
)
# Steps that say where a unit is from then on; with a place they move it, without one nobody stores it any more.
PLACING_STEPS = frozenset(
    {_S.RECEIVED, _S.STORED, _S.MOVED, _S.RETRIEVED, _S.ISSUED, _S.TRANSPORTED, _S.AT_BEDSIDE, _S.RETURNED}
)
# Storage without place and temperature proves nothing.
MEASURED_STEPS = frozenset({_S.STORED, _S.MOVED})
# A temperature read at one of these is held against limits of the protocol.
LIMITED_STEPS = MEASURED_STEPS | {_S.TRANSPORTED, _S.AT_BEDSIDE}

# What must have been recorded before, for the present assignment.
_NEEDED: Mapping[CustodyStep, frozenset[CustodyStep]] = {
    _S.RECEIVED: frozenset(),
    _S.STORED: frozenset({_S.RECEIVED}),
    _S.MOVED: frozenset({_S.RECEIVED}),
    _S.ASSIGNED: frozenset({_S.RECEIVED}),
    _S.UNASSIGNED: frozenset({_S.ASSIGNED}),
    _S.RETRIEVED: frozenset({_S.ASSIGNED}),
    _S.THAW_STARTED: frozenset({_S.ASSIGNED}),
    _S.THAWED: frozenset({_S.ASSIGNED}),
    _S.PREPARED: frozenset({_S.THAWED}),
    _S.COUNTED: frozenset({_S.THAWED}),
    _S.QC_RELEASED: frozenset({_S.COUNTED}),
    _S.LABELLED: frozenset({_S.QC_RELEASED}),
    _S.ISSUED: frozenset({_S.LABELLED}),
    _S.TRANSPORTED: frozenset({_S.ISSUED}),
    _S.AT_BEDSIDE: frozenset({_S.ISSUED}),
    _S.IDENTITY_CHECKED: frozenset({_S.ISSUED}),
    _S.STARTED: frozenset({_S.IDENTITY_CHECKED}),
    _S.PAUSED: frozenset({_S.STARTED}),
    _S.RESUMED: frozenset({_S.PAUSED}),
    _S.ENDED: frozenset({_S.STARTED}),
    _S.QUARANTINED: frozenset({_S.RECEIVED}),
    _S.RETURNED_TO_USE: frozenset({_S.QUARANTINED}),
    _S.RETURNED: frozenset({_S.ISSUED}),
    _S.DESTROYED: frozenset({_S.RECEIVED}),
    _S.RECONCILED: frozenset({_S.RECEIVED}),
}
# The way of a bag. A step is not recorded once a later one is; those of equal rank come in either order.
_RANK: Mapping[CustodyStep, int] = {
    _S.RECEIVED: 0,
    _S.ASSIGNED: 1,
    _S.STORED: 2,
    _S.MOVED: 2,
    _S.RETRIEVED: 2,
    _S.UNASSIGNED: 2,
    _S.THAW_STARTED: 3,
    _S.THAWED: 4,
    _S.PREPARED: 5,
    _S.COUNTED: 5,
    _S.QC_RELEASED: 6,
    _S.LABELLED: 7,
    _S.ISSUED: 8,
    _S.TRANSPORTED: 9,
    _S.AT_BEDSIDE: 10,
    _S.IDENTITY_CHECKED: 11,
    _S.STARTED: 12,
    _S.PAUSED: 13,
    _S.RESUMED: 13,
    _S.ENDED: 14,
    _S.RETURNED: 15,
    _S.DESTROYED: 16,
    _S.RECONCILED: 17,
}
# Before a unit is meant for anybody it may be stored and moved as often as needed.
_FREE_BEFORE_ASSIGNMENT = frozenset({_S.STORED, _S.MOVED})
_REPEATABLE = frozenset(
    {
        _S.STORED,
        _S.MOVED,
        _S.RETRIEVED,
        _S.PREPARED,
        _S.TRANSPORTED,
        _S.IDENTITY_CHECKED,
        _S.PAUSED,
        _S.RESUMED,
        _S.QUARANTINED,
        _S.RETURNED_TO_USE,
    }
)
_WHILE_SET_ASIDE = frozenset({_S.MOVED, _S.RETURNED_TO_USE, _S.DESTROYED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One handling of a unit, as recorded."""

    step: CustodyStep
    happened_at: datetime
    place: str = ""


def may_follow(chain: Sequence[Link], step: CustodyStep, *, happened_at: datetime, at: datetime) -> Decision:
    """Whether ``step`` may be the next link. ``happened_at`` may lie in the past, not before the link before it.

    Bounds inclusive: two handlings of one instant are in order. Source: domain rule 6.2.
    """
    return Decision(tuple(_against(chain, step, happened_at=happened_at, at=at)))


def in_order(decision: Decision, chain: Sequence[Link], step: CustodyStep, *, at: datetime) -> Decision:
    """What stands against an act now, with what the order of the chain adds; a wrong state says it all by itself.

    Of two people who act at once the later one may have begun the earlier: "now" is never before the link before.
    """
    if "UNT-STATE" in decision.codes:
        return decision
    now = max([at, *(link.happened_at for link in chain)])
    return decision + may_follow(chain, step, happened_at=now, at=now)


def _against(chain: Sequence[Link], step: CustodyStep, *, happened_at: datetime, at: datetime) -> Iterator[Reason]:
    label = STEP_LABELS[step]
    if happened_at > at:
        yield _reason("CST-FUTURE", f"“{label}” cannot lie in the future.")
    if chain and happened_at < chain[-1].happened_at:
        yield _reason("CST-TIME", f"“{label}” cannot lie before “{STEP_LABELS[chain[-1].step]}”, the step before it.")
    done = _present(chain)
    for missing in sorted(_NEEDED[step] - set(done), key=lambda needed: _RANK.get(needed, 0)):
        yield _reason("CST-MISSING", f"“{STEP_LABELS[missing]}” comes before “{label}” and is not recorded.")
    if step in done and step not in _REPEATABLE:
        yield _reason("CST-TWICE", f"“{label}” is recorded already.")
    later = _later(done, step)
    if later is not None:
        yield _reason("CST-ORDER", f"“{label}” comes before “{STEP_LABELS[later]}”, which is recorded already.")
    if is_set_aside(chain) and step not in _WHILE_SET_ASIDE:
        yield _reason("CST-QUARANTINE", "The unit is set aside in quarantine; quality assurance decides first.")
    if step is _S.RETURNED_TO_USE and not is_set_aside(chain):
        yield _reason("CST-ORDER", "The unit is not set aside.")


def _present(chain: Sequence[Link]) -> tuple[CustodyStep, ...]:
    """The steps of the present assignment: what was done before it was taken back counts no more, but the receipt."""
    steps = [link.step for link in chain]
    if _S.UNASSIGNED in steps:
        last = len(steps) - 1 - steps[::-1].index(_S.UNASSIGNED)
        return (_S.RECEIVED, *steps[last + 1 :])
    return tuple(steps)


def _later(done: Sequence[CustodyStep], step: CustodyStep) -> CustodyStep | None:
    """The first recorded step that comes after this one in the way of a bag."""
    if step not in _RANK or (step in _FREE_BEFORE_ASSIGNMENT and _S.ASSIGNED not in done):
        return None
    rank = _RANK[step]
    ignored = _FREE_BEFORE_ASSIGNMENT if step is _S.ASSIGNED else frozenset()
    return next((each for each in done if _RANK.get(each, -1) > rank and each not in ignored), None)


def is_set_aside(chain: Sequence[Link]) -> bool:
    decided = [link.step for link in chain if link.step in (_S.QUARANTINED, _S.RETURNED_TO_USE, _S.DESTROYED)]
    return bool(decided) and decided[-1] is _S.QUARANTINED


def may_witness(*, step: CustodyStep, first: str, second: str | None) -> Decision:
    """``first`` and ``second`` are user names; a step of two people needs two. Source: domain rule 6.2."""
    if step not in TWO_PERSON_STEPS:
        return Decision()
    label = STEP_LABELS[step]
    if second is None:
        return Decision((_reason("CST-SECOND", f"“{label}” is done by two people: the second one signs."),))
    if first == second:
        return Decision((_reason("CST-SAME-PERSON", f"“{label}” is done by two different people."),))
    return Decision()


def may_be_recorded_by_hand(step: CustodyStep) -> Decision:
    """Other links are written by the act that they tell of."""
    if step in MANUAL_STEPS:
        return Decision()
    return Decision((_reason("CST-ACT", f"“{STEP_LABELS[step]}” is recorded by its own act."),))


def may_measure(
    step: CustodyStep, *, place: str, temperature_celsius: Decimal | None, limit: TemperatureLimit | None
) -> Decision:
    """Whether place and temperature are complete. ``limit``: the limits of the protocol that apply to the reading."""
    needed = step in MEASURED_STEPS
    label = STEP_LABELS[step]
    return Decision.of(
        [
            _reason("CST-PLACE", f"“{label}” needs the place.") if needed and not place.strip() else None,
            _reason("CST-TEMPERATURE", f"“{label}” needs the temperature that was read.")
            if needed and temperature_celsius is None
            else None,
            _reason("CST-LIMIT", "Say which limits apply to the temperature.")
            if step in LIMITED_STEPS and temperature_celsius is not None and limit is None
            else None,
        ]
    )


_FATES: Mapping[CustodyStep, UnitState] = {
    _S.RECEIVED: UnitState.IN_STOCK,
    _S.ASSIGNED: UnitState.ASSIGNED,
    _S.UNASSIGNED: UnitState.IN_STOCK,
    _S.ISSUED: UnitState.ISSUED,
    _S.STARTED: UnitState.INFUSED,
    _S.RETURNED: UnitState.RETURNED,
    _S.QUARANTINED: UnitState.QUARANTINED,
    _S.DESTROYED: UnitState.DESTROYED,
}
FATE_STEPS = frozenset({*_FATES, _S.RETURNED_TO_USE})


def fate(steps: Sequence[CustodyStep]) -> UnitState | None:
    """What became of a unit, by its chain alone; None for one that was never received.

    What comes back of an infused unit is its rest: infused it stays.
    """
    present: UnitState | None = None
    before: UnitState | None = None
    for step in steps:
        if present is UnitState.INFUSED:
            return present
        if step is _S.RETURNED_TO_USE:
            present = before
        elif step in _FATES:
            before, present = present, _FATES[step]
    return present


def places_of(chain: Sequence[Link]) -> tuple[tuple[str, datetime, datetime | None], ...]:
    """Where a unit was, from when until when (None: still). Stretches without a place are left out."""
    placed = [link for link in chain if link.step in PLACING_STEPS]
    ends: list[datetime | None] = [link.happened_at for link in placed[1:]]
    stretches = zip(placed, [*ends, None], strict=True)
    return tuple((link.place, link.happened_at, until) for link, until in stretches if link.place)


def was_at(chain: Sequence[Link], place: str, *, since: datetime, until: datetime | None) -> bool:
    """Whether a unit was at a place at any time from ``since`` to ``until`` (None: it goes on). Bounds inclusive."""
    return any(
        where == place and (until is None or came <= until) and (left is None or left >= since)
        for where, came, left in places_of(chain)
    )


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
