"""The one place that moves an infusion from state to state."""

from __future__ import annotations

from dosing.models import Infusion
from dosing.rules.states import INFUSION_TRANSITIONS, InfusionState
from trial.errors import RuleViolation
from trial.rules.decision import Decision, Reason


def advance(infusion: Infusion, to: InfusionState) -> None:
    """Set the next state; the caller saves. Raises ``RuleViolation`` for a transition that the table does not have."""
    present = InfusionState(infusion.state)
    if to not in INFUSION_TRANSITIONS[present]:
        message = f"The infusion is {_word(present)}; it cannot become {_word(to)}."
        raise RuleViolation(Decision((Reason("DOS-STATE", message, "House rule: one table of transitions"),)))
    infusion.state = to


def _word(state: InfusionState) -> str:
    return state.replace("_", " ").lower()
