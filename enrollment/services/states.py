"""The one place that moves a subject from state to state."""

from __future__ import annotations

from enrollment.models import Subject
from enrollment.rules.states import TRANSITIONS, SubjectState
from trial.errors import RuleViolation
from trial.rules.decision import Decision, Reason


def advance(subject: Subject, to: SubjectState) -> None:
    """Move a subject on, inside the caller's transaction. Staying where it is, is no move. Raises ``RuleViolation``."""
    present = SubjectState(subject.state)
    if present is to:
        return
    if to not in TRANSITIONS[present]:
        message = f"A subject that is {present.replace('_', ' ').lower()} cannot become {to.replace('_', ' ').lower()}."
        raise RuleViolation(Decision((Reason("SUB-STATE", message, "House rule: one table of transitions"),)))
    subject.state = to
    subject.save(update_fields=["state"])
