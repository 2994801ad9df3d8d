"""States and closed lists of follow-up. Models take their choices from here."""

from __future__ import annotations

from enum import StrEnum


class VisitState(StrEnum):
    """What is stored. Due and overdue are not states: they follow from the window and the clock."""

    PLANNED = "PLANNED"
    DONE = "DONE"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


class AdverseEventAnswer(StrEnum):
    """The answer to "were there adverse events?". Absence must be positive data, never a missing answer."""

    NOT_ASKED = ""
    NONE = "none"
    YES = "yes"
