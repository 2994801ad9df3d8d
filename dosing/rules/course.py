"""Whether what happened in the course of an infusion can have happened then: pause, resumption, end, afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from dosing.rules.states import InfusionState, NotGivenBecause, PauseReason
from trial.protocol.schema import MonitoringPlan, Regimen
from trial.rules.decision import Decision, Reason

_COURSE = "Protocol, course of the infusion"
_WATCH = "Protocol, monitoring on the day of the infusion"


def in_order(*, happened_at: datetime, after: datetime | None, at: datetime) -> Decision:
    """Not in the future, and not before what came before it."""
    return Decision.of(
        [
            Reason("DOS-FUTURE", "This lies in the future. Check day and hour.", _COURSE) if happened_at > at else None,
            Reason("DOS-ORDER", f"This cannot have happened before {after:%Y-%m-%d %H:%M} UTC.", _COURSE)
            if after is not None and happened_at < after
            else None,
        ]
    )


def may_start_after_waiting(*, waited: timedelta, regimen: Regimen) -> Decision:
    """A start that waited for the connection counts as pressed now for as long as a start at the bedside may differ.

    Later nobody can tell any more whether the infusion has begun. Bound inclusive.
    Source: regimen.live_start_tolerance_minutes; decision 22.
    """
    if waited <= timedelta(minutes=regimen.live_start_tolerance_minutes):
        return Decision()
    minutes = int(waited.total_seconds() // 60)
    message = (
        f"Start was pressed {minutes} minutes ago and could not be sent. If the infusion has not begun, press Start "
        "again; if it has, enter its start as a late entry."
    )
    return Decision((Reason("DOS-START-WAITED", message, "Decision 22: a start counts when it is judged"),))


def may_pause(*, reason: PauseReason, note: str) -> Decision:
    """The closed list says it, except for what is not in it."""
    if reason is PauseReason.OTHER and not note.strip():
        return Decision((Reason("DOS-REASON", "Say in words why the infusion is paused.", _COURSE),))
    return Decision()


def may_resume(*, state: InfusionState, unanswered: int) -> Decision:
    """Only what is paused goes on: to begin is another act. Nobody goes on past an alert that is not answered."""
    paused = state is InfusionState.PAUSED
    message = f"The infusion is {state.replace('_', ' ').lower()}; only a paused one is resumed."
    return Decision.of([None if paused else Reason("DOS-STATE", message, _COURSE), _unanswered(unanswered)])


def may_end(*, unit_volume_ml: Decimal, infused_ml: Decimal, residual_ml: Decimal | None) -> Decision:
    """What ran in and what is left come out of one unit. Bounds inclusive; a little may be lost in the line."""
    if Decimal(0) <= infused_ml <= unit_volume_ml and infused_ml + (residual_ml or Decimal(0)) <= unit_volume_ml:
        return Decision()
    together = f"{infused_ml} mL" if not residual_ml else f"{infused_ml} mL and a residue of {residual_ml} mL"
    message = f"The unit holds {unit_volume_ml} mL; {together} cannot come from it."
    return Decision((Reason("DOS-VOLUME", message, "Protocol, dose"),))


def is_departure(because: NotGivenBecause) -> bool:
    """Whether not giving a planned infusion departs from the protocol: withheld for safety it does not."""
    return because not in (NotGivenBecause.ADVERSE_EVENT, NotGivenBecause.HOLD)


def may_end_observation(
    *, ended_at: datetime | None, observed_until: datetime, already: bool, unanswered: int, at: datetime
) -> Decision:
    """After the end, once, with every alert answered. Earlier than the series asks is recorded and is a deviation."""
    return Decision.of(_after_the_end(ended_at, "observation", already, unanswered)) + in_order(
        happened_at=observed_until, after=ended_at, at=at
    )


def may_discharge(
    *, observation_ended_at: datetime | None, discharged_at: datetime, already: bool, at: datetime
) -> Decision:
    """After the observation, once."""
    reasons = Decision.of(
        [
            Reason("DOS-OBSERVED", "The observation has not ended yet.", _WATCH)
            if observation_ended_at is None
            else None,
            Reason("DOS-STARTED", "The discharge is recorded already.", _WATCH) if already else None,
        ]
    )
    return reasons + in_order(happened_at=discharged_at, after=observation_ended_at, at=at)


def observed_long_enough(*, ended_at: datetime, observed_until: datetime, plan: MonitoringPlan) -> bool:
    """Until the last measurement that is counted from the end. Bound inclusive. Source: monitoring.minutes_from_end."""
    return observed_until >= ended_at + timedelta(minutes=max(plan.minutes_from_end, default=0))


def has_ended(state: InfusionState) -> bool:
    return state in (InfusionState.COMPLETED, InfusionState.STOPPED_EARLY)


def _after_the_end(ended_at: datetime | None, what: str, already: bool, unanswered: int) -> Iterator[Reason | None]:
    yield Reason("DOS-STATE", "The infusion has not ended yet.", _WATCH) if ended_at is None else None
    yield Reason("DOS-STARTED", f"The end of the {what} is recorded already.", _WATCH) if already else None
    yield _unanswered(unanswered)


def _unanswered(count: int) -> Reason | None:
    if not count:
        return None
    message = f"{count} alert(s) of the vital signs are not answered yet. Say what is done about them first."
    return Reason("DOS-ALERT-OPEN", message, _WATCH)
