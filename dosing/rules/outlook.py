"""An infusion ahead of its day: in which days it may be given, and what of the guard stands against it already.

Product, people and the measurements of the day are judged at the bedside; everything else can be known before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dosing.rules.guard_facts import GuardFacts
from dosing.rules.guard_intervals import first_infusion_days, interval_reasons, previous_on
from dosing.rules.guard_permission import permission_reasons
from dosing.rules.guard_subject import subject_reasons
from dosing.rules.planning import giving_window
from trial.protocol.schema import Regimen
from trial.rules.decision import Decision
from trial.rules.site_time import end_of_day, site_date, start_of_day


@dataclass(frozen=True, slots=True)
class GivingDays:
    """Site days, both included. ``opens_on`` None: nothing has to be waited for, or not known yet (``is_known``).

    ``closes_on``: the last day in time; of a first infusion, the last day on which the signed results still stand.
    """

    opens_on: date | None
    closes_on: date | None
    is_known: bool = True

    def opens_at(self, *, timezone: str) -> datetime | None:
        return None if self.opens_on is None else start_of_day(self.opens_on, timezone=timezone)

    def closes_at(self, *, timezone: str) -> datetime | None:
        return None if self.closes_on is None else end_of_day(self.closes_on, timezone=timezone)


def giving_days(facts: GuardFacts, *, regimen: Regimen) -> GivingDays:
    """When the infusion may be given, as the intervals have it. Unknown while the infusion before has not begun.

    Source: regimen, interval between infusions (PC-06), sentinel, stagger; validity of results at the first infusion.
    """
    if facts.infusion_number > 1:
        previous = previous_on(facts)
        if previous is None:
            return GivingDays(None, None, is_known=False)
        window = giving_window(previous, regimen=regimen)
        return GivingDays(window.opens_on, window.closes_on)
    started = sorted(site_date(at, timezone=facts.timezone) for at in facts.cohort_first_infusions)
    first = first_infusion_days(started, regimen=regimen)
    until = facts.eligibility.stands_until if facts.eligibility else None
    return GivingDays(first.earliest_on if first else None, until)


def stands_against(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Decision:
    """Those reasons of ``can_infuse`` at ``at`` that do not depend on the bedside.

    For a time to come: what would stand against a start then, as far as it is known now.
    """
    return Decision(
        (
            *permission_reasons(facts, at=at),
            *subject_reasons(facts, at=at),
            *interval_reasons(facts, regimen=regimen, at=at),
        )
    )
