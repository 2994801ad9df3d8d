"""Whether an event is related to the study treatment, and what holds while nobody has said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from safety.rules.gate_facts import EventFacts
from safety.rules.states import Relationship
from safety.rules.three_valued import Truth
from trial.protocol.schema import GatePolicy
from trial.rules.site_time import site_date

NOT_RELATED = frozenset({Relationship.UNRELATED, Relationship.UNLIKELY})


@dataclass(frozen=True, slots=True)
class Causality:
    """``related`` None: not assessed, and the time for it is not over."""

    related: Truth
    why: str


def causality(event: EventFacts, *, policy: GatePolicy, as_of: datetime, timezone: str) -> Causality:
    """Possible or above is related. Not assessed is open until the due day has ended at the site, then it is related.

    The days count from the day on which the site became aware; if that is not known, from the day of the record; if
    neither is known the question stays open, which passes no gate either.
    Source: gate policy ``causality_due_days``.
    """
    if event.relationship in NOT_RELATED:
        return Causality(related=False, why=f"its relationship is {event.relationship.value}")
    if event.relationship is not Relationship.NOT_ASSESSED:
        return Causality(related=True, why=f"its relationship is {event.relationship.value}")
    due_on = causality_due_on(event, policy=policy, timezone=timezone)
    if due_on is None:
        return Causality(related=None, why="its relationship is not assessed, and since when that is due is not known")
    if site_date(as_of, timezone=timezone) > due_on:
        return Causality(
            related=True, why=f"its relationship was due on {due_on}, is not assessed and counts as related"
        )
    return Causality(related=None, why=f"its relationship is not assessed; due on {due_on}")


def causality_due_on(event: EventFacts, *, policy: GatePolicy, timezone: str) -> date | None:
    """The last site day on which the investigator's assessment of causality is in time."""
    aware_at = event.aware_at or event.recorded_at
    if aware_at is None:
        return None
    return site_date(aware_at, timezone=timezone) + timedelta(days=policy.causality_due_days)
