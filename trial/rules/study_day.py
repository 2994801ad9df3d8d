"""The two ways of numbering days, which are never mixed.

Days since an infusion count from 0 and carry windows and gates. Study days have no day 0 and carry reports and exports.
The two are different types, so that one cannot be taken for the other.
"""

from __future__ import annotations

from datetime import date
from typing import NewType

DaysSinceInfusion = NewType("DaysSinceInfusion", int)
StudyDay = NewType("StudyDay", int)


def days_since_infusion(on: date, *, infusion_on: date) -> DaysSinceInfusion:
    """Whole site days since an infusion: its own day is 0, the day before is -1. Source: protocol (4 weeks after)."""
    return DaysSinceInfusion((on - infusion_on).days)


def study_day(on: date, *, reference_on: date) -> StudyDay:
    """Day of the study: the reference day (first infusion) is 1, the day before it is -1; there is no day 0.

    Source: CDISC SDTM, variables --DY.
    """
    days = (on - reference_on).days
    return StudyDay(days + 1 if days >= 0 else days)
