"""Reporting duties: who tells whom about which event, and by when."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from trial.protocol.frozen import Code, Count, Frozen, Positive, Text


class ClockTrigger(StrEnum):
    """The kind of event that starts a clock. A SUSAR is serious, unexpected and related."""

    SERIOUS_EVENT = "serious_event"
    SUSAR = "susar"
    SUSAR_FATAL_OR_LIFE_THREATENING = "susar_fatal_or_life_threatening"
    SUSAR_OTHER = "susar_other"
    TRIAL_EVENT = "trial_event"
    PREGNANCY = "pregnancy"
    ANNUAL_DATA_LOCK = "annual_data_lock"


class ClockAwareness(StrEnum):
    """Whose first knowledge of the event is day 0."""

    SITE = "site"
    SPONSOR = "sponsor"


class ReportingClock(Frozen):
    """A reporting duty. Exactly one of ``due_hours`` and ``due_days``; day clocks end at 23:59:59 site time.

    ``due_hours`` 0 means "immediately". ``criteria``: the seriousness criteria of which one must be met (none listed:
    any). ``detail_of``: the clock whose first report this duty completes.
    """

    code: Code
    regime: Text
    label: Text
    sender: Code
    recipient: Code
    trigger: ClockTrigger
    awareness: ClockAwareness
    criteria: tuple[Code, ...] = ()
    detail_of: Code | None = None
    due_hours: Count | None = None
    due_days: Positive | None = None
    reference: Text

    @model_validator(mode="after")
    def _one_due_time(self) -> Self:
        if (self.due_hours is None) == (self.due_days is None):
            raise ValueError("give exactly one of due_hours and due_days")
        return self
