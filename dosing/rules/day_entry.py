"""Whether facts of the day may be recorded, and the time between two infusions signed off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.rules.dose import weight_change_needs_confirmation, weight_change_percent
from dosing.rules.states import NOT_STARTED, InfusionState
from trial.protocol.schema import Regimen
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, regimen: facts of the day"


@dataclass(frozen=True, slots=True)
class EarlierWeight:
    """``when``: in words, "screening" or "infusion 1"."""

    kg: Decimal
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntryFacts:
    """``changed``: values on file that the entry changes. ``earlier``: the weight before this one; None: none is known.

    ``confirmation``: in words, that somebody weighed again and the change is real.
    ``unpaired``: what was measured without its time, or a time without what was measured. ``ended``: why nobody
    prepares an infusion of this participant any more.
    """

    state: InfusionState
    weight_kg: Decimal | None
    earlier: EarlierWeight | None
    confirmation: str
    measured_at: tuple[datetime | None, ...]
    changed: tuple[str, ...]
    reason: str
    unpaired: tuple[str, ...] = ()
    ended: tuple[Reason, ...] = ()


def may_record_day(facts: DayEntryFacts, *, regimen: Regimen, at: datetime) -> Decision:
    """Before the start; nothing from the future; a changed value with its reason; an unlikely weight weighed again.

    Source: regimen.weight_change_confirm_percent; 21 CFR 11.10(e).
    """
    return Decision.of(
        [
            None if facts.state in NOT_STARTED else _not_waiting(facts.state),
            *facts.ended,
            Reason("DOS-MEASURED-FUTURE", "A measurement lies in the future. Check day and hour.", _SOURCE)
            if any(measured is not None and measured > at for measured in facts.measured_at)
            else None,
            Reason("DOS-MEASURED-WHEN", f"Enter value and time together: {', '.join(facts.unpaired)}.", _SOURCE)
            if facts.unpaired
            else None,
            _unlikely_weight(facts, regimen),
            _silent_change(facts),
        ]
    )


def _unlikely_weight(facts: DayEntryFacts, regimen: Regimen) -> Reason | None:
    """A mistyped weight is a wrong dose: 16.0 kg for 61.0 kg."""
    weight, earlier = facts.weight_kg, facts.earlier
    if weight is None or earlier is None or facts.confirmation.strip():
        return None
    if not weight_change_needs_confirmation(baseline_kg=earlier.kg, current_kg=weight, regimen=regimen):
        return None
    change = weight_change_percent(baseline_kg=earlier.kg, current_kg=weight)
    message = (
        f"{weight} kg differs from the {earlier.kg} kg of {earlier.when} by {change} %. "
        "Weigh again and confirm in words."
    )
    return Reason("DOS-WEIGHT-CONFIRM", message, _SOURCE)


def _silent_change(facts: DayEntryFacts) -> Reason | None:
    if not facts.changed or facts.reason.strip():
        return None
    return Reason("DOS-REASON", f"Say why a recorded value changes ({', '.join(facts.changed)}).", "21 CFR 11.10(e)")


def may_sign_off(
    *, number: int, state: InfusionState, previous: InfusionState | None, holds: tuple[str, ...] = ()
) -> Decision:
    """Between two infusions there is something to sign off: once the first has ended, before the next starts.

    ``holds``: why dosing of this subject, its cohort or the study is held now. While it is, nobody says that nothing
    stands against the next infusion. Source: Protocol, inter-infusion safety check; G30.
    """
    source = "Protocol, inter-infusion safety check"
    if number == 1:
        return Decision(
            (Reason("DOS-SIGNOFF-FIRST", "Before the first infusion there is nothing to sign off.", source),)
        )
    ended = previous in (InfusionState.COMPLETED, InfusionState.STOPPED_EARLY)
    message = f"Infusion {number - 1} has not been given and ended."
    return Decision.of(
        [
            None if state in NOT_STARTED else _not_waiting(state),
            None if ended else Reason("DOS-SEQUENCE", message, source),
            *(Reason("DOS-SIGNOFF-HELD", f"Dosing is held: {why}", source) for why in holds),
        ]
    )


def _not_waiting(state: InfusionState) -> Reason:
    message = f"The infusion is {state.replace('_', ' ').lower()}: what it was started with is never changed."
    return Reason("DOS-STARTED", message, "House rule: an infusion starts once")
