"""Is it early enough to wait: the interval between infusions, the sentinel subject, the stagger within a cohort."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dosing.rules.guard_facts import GuardFacts
from trial.protocol.schema import Regimen
from trial.rules.decision import Reason
from trial.rules.site_time import site_date, start_of_day

_INTERVAL = "Protocol, regimen: interval between infusions (PC-06)"
_STAGGER = "FDA, Early-Phase Trials of Cellular and Gene Therapy Products (2015): staggering"


def interval_reasons(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Iterator[Reason]:
    """Whole site-local days, bounds inclusive: on the earliest day itself the infusion may start."""
    today = site_date(at, timezone=facts.timezone)
    if facts.infusion_number > 1:
        yield from _since_previous(facts, regimen=regimen, today=today)
        return
    sentinel = sentinel_ends_on(facts, regimen=regimen, at=at)
    if sentinel is not None and today < sentinel:
        message = (
            f"The first subject of the cohort is observed for {regimen.sentinel_days} days before the next one is "
            f"dosed: not before {sentinel}."
        )
        yield Reason("DOS-SENTINEL", message, _STAGGER)
    stagger = stagger_ends_on(facts, regimen=regimen, at=at)
    if stagger is not None and today < stagger:
        message = f"{regimen.stagger_days} days lie between two subjects of a cohort: not before {stagger}."
        yield Reason("DOS-STAGGER", message, _STAGGER)


def _since_previous(facts: GuardFacts, *, regimen: Regimen, today: date) -> Iterator[Reason]:
    """Too early blocks; too late asks for a reason and does not block (decision 13)."""
    previous = previous_on(facts)
    if previous is None:
        return
    earliest = previous + timedelta(days=regimen.interval_days - regimen.interval_early_days)
    latest = previous + timedelta(days=regimen.interval_days + regimen.interval_late_days)
    if today < earliest:
        message = f"The previous infusion was on {previous}; the next one is due from {earliest} to {latest}."
        yield Reason("DOS-INTERVAL", message, _INTERVAL)
    elif today > latest and not facts.interval_reason.strip():
        message = f"The interval ended on {latest}. Say why the infusion is given late; a deviation is recorded."
        yield Reason("DOS-INTERVAL-REASON", message, _INTERVAL)


def previous_on(facts: GuardFacts) -> date | None:
    """The site day of the infusion before this one, if it was started."""
    if facts.previous is None or facts.previous.started_at is None:
        return None
    return site_date(facts.previous.started_at, timezone=facts.timezone)


def sentinel_ends_on(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> date | None:
    """The first day on which another subject of the cohort may be dosed after its first. None: nobody was dosed yet."""
    started = [site_date(t, timezone=facts.timezone) for t in facts.cohort_first_infusions if t <= at]
    return min(started) + timedelta(days=regimen.sentinel_days) if started else None


def stagger_ends_on(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> date | None:
    started = [site_date(t, timezone=facts.timezone) for t in facts.cohort_first_infusions if t <= at]
    return max(started) + timedelta(days=regimen.stagger_days) if started else None


def earliest_start(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> datetime | None:
    """The first instant at which no interval stands in the way, as known at ``at``; None while an infusion before is
    open."""
    if facts.infusion_number > 1:
        previous = previous_on(facts)
        if previous is None:
            return None
        days = [previous + timedelta(days=regimen.interval_days - regimen.interval_early_days)]
    else:
        ends = (
            sentinel_ends_on(facts, regimen=regimen, at=at),
            stagger_ends_on(facts, regimen=regimen, at=at),
        )
        days = [day for day in ends if day is not None]
    if not days:
        return at
    return max(at, start_of_day(max(days), timezone=facts.timezone))
