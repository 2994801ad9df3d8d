"""What a visit is now: what is stored, and what follows from its window and the clock."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from followup.rules.states import VisitState


class VisitStatus(StrEnum):
    """PLANNED: its window has not opened or is not known. DUE: it can be done now. OVERDUE: its window has closed."""

    PLANNED = "PLANNED"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    DONE = "DONE"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


def visit_status(
    state: VisitState, *, opens_at: datetime | None, closes_at: datetime | None, at: datetime
) -> VisitStatus:
    """Both ends of the window are inclusive; a closed window without an opening is overdue all the same."""
    if state is not VisitState.PLANNED:
        return VisitStatus(state.value)
    if closes_at is not None and at > closes_at:
        return VisitStatus.OVERDUE
    if opens_at is not None and at >= opens_at:
        return VisitStatus.DUE
    return VisitStatus.PLANNED


def days_off(done_on: date, *, opens_on: date | None, closes_on: date | None) -> int:
    """Site days outside the window: negative before it, positive after it, 0 inside it or where it is not known."""
    if opens_on is not None and done_on < opens_on:
        return (done_on - opens_on).days
    if closes_on is not None and done_on > closes_on:
        return (done_on - closes_on).days
    return 0
