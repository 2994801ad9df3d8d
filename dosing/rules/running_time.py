"""How long an infusion has truly run: from its start to its end, without its pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pause:
    """``resumed_at`` None: it lasts until the infusion ends, or still."""

    paused_at: datetime
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunningTime:
    """``since_start`` with pauses, ``running`` without them, ``paused`` the difference."""

    since_start: timedelta
    paused: timedelta

    @property
    def running(self) -> timedelta:
        return self.since_start - self.paused


def running_time(
    *, started_at: datetime, ended_at: datetime | None, pauses: Sequence[Pause], at: datetime
) -> RunningTime:
    """At ``at``, or at the end of an infusion that has ended. Never negative. Source: domain 6.4, duration."""
    until = max(started_at, ended_at or at)
    paused = sum(((min(p.resumed_at or until, until) - p.paused_at) for p in pauses), timedelta())
    return RunningTime(since_start=until - started_at, paused=max(paused, timedelta()))
