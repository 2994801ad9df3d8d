"""The safety observation window of a subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from safety.rules.gate_facts import SubjectFacts
from trial.protocol.schema import GatePolicy
from trial.rules.site_time import end_of_day, site_date, start_of_day


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationWindow:
    """``opens_at`` (inclusive) to 23:59:59 site time of ``closes_on``; over from ``over_at``, the midnight after it."""

    opens_at: datetime
    closes_at: datetime
    over_at: datetime
    opens_on: date
    closes_on: date

    def is_over(self, *, as_of: datetime) -> bool:
        return as_of >= self.over_at


def observation_window(subject: SubjectFacts, *, policy: GatePolicy, timezone: str) -> ObservationWindow | None:
    """From the start of the first infusion to the end of ``window_days`` whole days after the last infusion received.

    ``None`` while no infusion was started. Infusions still to come are not part of it: each one received moves its end.
    Source: NCT06574581, "after 4 weeks of the last infusion"; gate policy ``window_days``.
    """
    starts = [infusion.started_at for infusion in subject.infusions if infusion.started_at is not None]
    if not starts:
        return None
    closes_on = site_date(max(starts), timezone=timezone) + timedelta(days=policy.window_days)
    return ObservationWindow(
        opens_at=min(starts),
        closes_at=end_of_day(closes_on, timezone=timezone),
        over_at=start_of_day(closes_on + timedelta(days=1), timezone=timezone),
        opens_on=site_date(min(starts), timezone=timezone),
        closes_on=closes_on,
    )
