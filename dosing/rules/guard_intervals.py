"""Is it early enough to wait: the interval between infusions, the sentinel subject, the stagger within a cohort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dosing.rules.guard_facts import GuardFacts
from trial.protocol.schema import Regimen
from trial.rules.decision import Reason
from trial.rules.site_time import site_date, start_of_day

_INTERVAL = "Protocol, regimen: interval between infusions (PC-06)"
_STAGGER = "FDA, Early-Phase Trials of Cellular and Gene Therapy Products (2015): staggering"


@dataclass(frozen=True, slots=True)
class FirstInfusionDays:
    """From which site day on a first infusion may start: after the cohort's first subject, and after the latest one."""

    sentinel_on: date
    stagger_on: date

    @property
    def earliest_on(self) -> date:
        return max(self.sentinel_on, self.stagger_on)


def first_infusion_days(started: Sequence[date], *, regimen: Regimen) -> FirstInfusionDays | None:
    """``started``: site days of the first infusions of the others in the cohort, in order. None: there are none yet."""
    if not started:
        return None
    return FirstInfusionDays(
        sentinel_on=started[0] + timedelta(days=regimen.sentinel_days),
        stagger_on=started[-1] + timedelta(days=regimen.stagger_days),
    )


def interval_reasons(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Iterator[Reason]:
    """Whole site-local days, bounds inclusive: on the earliest day itself the infusion may start."""
    today = site_date(at, timezone=facts.timezone)
    if facts.infusion_number > 1:
        yield from _since_previous(facts, regimen=regimen, today=today)
        return
    yield from _among_others(facts, regimen=regimen, today=today)


def _among_others(facts: GuardFacts, *, regimen: Regimen, today: date) -> Iterator[Reason]:
    """A distance has two sides: a start entered late is held against those that began after it as well."""
    started = _first_days(facts)
    if started and abs(today - started[0]) < timedelta(days=regimen.sentinel_days):
        message = (
            f"The first subject of the cohort is observed for {regimen.sentinel_days} days before the next one is "
            f"dosed: not before {started[0] + timedelta(days=regimen.sentinel_days)}."
        )
        yield Reason("DOS-SENTINEL", message, _STAGGER)
    near = [day for day in started if abs(today - day) < timedelta(days=regimen.stagger_days)]
    if near:
        earliest = near[-1] + timedelta(days=regimen.stagger_days)
        message = f"{regimen.stagger_days} days lie between two subjects of a cohort: not before {earliest}."
        yield Reason("DOS-STAGGER", message, _STAGGER)


def _first_days(facts: GuardFacts) -> list[date]:
    """Site days of the first infusions of the others in the cohort, in order."""
    return sorted(site_date(t, timezone=facts.timezone) for t in facts.cohort_first_infusions)


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


def earliest_start(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> datetime | None:
    """The first instant at which no interval stands in the way, as known at ``at``; None while an infusion before is
    open."""
    if facts.infusion_number > 1:
        previous = previous_on(facts)
        if previous is None:
            return None
        days = [previous + timedelta(days=regimen.interval_days - regimen.interval_early_days)]
    else:
        first = first_infusion_days(_first_days(facts), regimen=regimen)
        days = [first.earliest_on] if first else []
    if not days:
        return at
    return max(at, start_of_day(max(days), timezone=facts.timezone))
