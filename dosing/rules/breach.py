"""An infusion that was given in spite of the guard: whether it may be recorded, and which conditions it violated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from dosing.rules.guard_facts import GuardFacts
from dosing.rules.states import NOT_STARTED, InfusionState
from trial.rules.decision import Decision, Reason

_SOURCE = "Decision 13: what happened is recordable; ICH E6(R3) 2.5.3 (deviations)"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFacts:
    """``violated``: what stood against the start. ``is_unit_used``: another infusion was given from the same unit.

    ``has_dose``: weight, unit and viability are known, so that what was given can be worked out.
    """

    state: InfusionState
    started_at: datetime
    reported_by: str
    reason: str
    is_unit_used: bool
    has_dose: bool
    violated: tuple[Reason, ...]


def may_record_breach(facts: BreachFacts, *, at: datetime) -> Decision:
    """All reasons. Nothing of the guard stands against it: the guard is what it tells of. Source: decision 13."""
    return Decision.of(
        [
            None
            if facts.state in NOT_STARTED
            else _reason("DOS-STARTED", "The infusion is not waiting to be started: it is on record already."),
            _reason("DOS-FUTURE", "The start lies in the future. Enter the time at which it started.")
            if facts.started_at > at
            else None,
            None if facts.reported_by.strip() else _reason("BRC-REPORTER", "Say who reported the infusion."),
            None if facts.reason.strip() else _reason("BRC-REASON", "Say how it came about."),
            _reason("BRC-UNIT", "Another infusion was given from this unit. Name the unit that was given.")
            if facts.is_unit_used
            else None,
            None
            if facts.has_dose
            else _reason("BRC-DOSE", "Weight and viability are needed: they are not on file, so enter what is known."),
            None if facts.violated else _reason("BRC-NONE", "Nothing stood against this start: enter it late."),
        ]
    )


def with_dose_known(
    facts: GuardFacts, *, weight_kg: Decimal | None, viability: Decimal | None, started_at: datetime
) -> GuardFacts:
    """The facts as they stand once the report has added what was missing for the dose. What is on file stays."""
    day, product = facts.day, facts.product
    if day.weight_kg is None and weight_kg is not None:
        day = replace(day, weight_kg=weight_kg, weight_measured_at=started_at)
    if product is not None and product.viability is None and viability is not None:
        product = replace(product, viability=viability)
    return replace(facts, day=day, product=product)


def violated_conditions(*decisions: Decision) -> tuple[Reason, ...]:
    """What stood against the start, before and after the report filled in what was missing; each condition once."""
    found: dict[str, Reason] = {}
    for decision in decisions:
        for reason in decision.reasons:
            found.setdefault(reason.code, reason)
    found.pop("DOS-FUTURE", None)
    return tuple(found.values())


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
