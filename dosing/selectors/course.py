"""What has happened in the course of an infusion: its pauses, its alerts, its latest step."""

from __future__ import annotations

from datetime import datetime

from dosing.models import Infusion, Interruption, VitalSigns
from dosing.rules.running_time import Pause, RunningTime, running_time
from dosing.rules.states import InfusionState


def interruptions_of(infusion: Infusion) -> list[Interruption]:
    """In order, with who paused and who resumed. One query."""
    return list(infusion.interruptions.select_related("paused_by", "resumed_by"))


def running_time_of(infusion: Infusion, interruptions: list[Interruption], *, at: datetime) -> RunningTime | None:
    """From the rows alone: whatever restarts meanwhile, the clock goes on. ``None`` before the start."""
    if infusion.started_at is None:
        return None
    return running_time(
        started_at=infusion.started_at,
        ended_at=infusion.ended_at,
        pauses=[Pause(row.paused_at, row.resumed_at) for row in interruptions],
        at=at,
    )


def last_happened_at(infusion: Infusion) -> datetime | None:
    """The latest of start, pause and resumption. One query."""
    times = [infusion.started_at]
    for paused_at, resumed_at in infusion.interruptions.values_list("paused_at", "resumed_at"):
        times += [paused_at, resumed_at]
    return max((time for time in times if time is not None), default=None)


def unanswered_alerts(infusion: Infusion) -> int:
    """Entries in force with an alert that nobody has answered. One query."""
    in_force = VitalSigns.objects.filter(infusion=infusion, replaced_by__isnull=True, answer__isnull=True)
    return in_force.exclude(alerts=[]).count()


def is_going_on(infusion: Infusion) -> bool:
    return infusion.state in (InfusionState.RUNNING, InfusionState.PAUSED)
