"""What a withdrawal stops, and what may still be collected of a participant who withdrew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from enrollment.rules.states import WithdrawalScope
from trial.rules.decision import Reason

_SOURCE = "ICH E6(R3) 2.8; Personal Data Protection Act, article 3"


class Activity(StrEnum):
    """What is done with a participant or their data, each of which a withdrawal may stop."""

    INFUSION = "INFUSION"
    VISIT = "VISIT"
    NEW_DATA = "NEW_DATA"
    SAMPLES = "SAMPLES"


# From narrow to wide: each scope stops what the one before it stops, and one thing more. What was collected until then
# stays as consented and counts for safety. What safety law asks for is stopped by none: safety/rules/after_withdrawal.
STOPPED_BY: dict[WithdrawalScope, frozenset[Activity]] = {
    WithdrawalScope.TREATMENT: frozenset({Activity.INFUSION}),
    WithdrawalScope.FOLLOW_UP: frozenset({Activity.INFUSION, Activity.VISIT}),
    WithdrawalScope.DATA_USE: frozenset({Activity.INFUSION, Activity.VISIT, Activity.NEW_DATA}),
    WithdrawalScope.ALL: frozenset(Activity),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """``since``: when this scope was reached; a withdrawal from treatment before it stopped less."""

    scope: WithdrawalScope
    since: datetime

    def stops(self, activity: Activity) -> bool:
        return activity in STOPPED_BY[self.scope]


def against_visit(withdrawn: Withdrawn | None, *, done_at: datetime, what: str = "visit") -> Reason | None:
    """Why a visit of that time is not entered. A visit from before the withdrawal is, unless no new data are wanted.

    ``what``: a call by telephone takes the place of a visit, and is collected or not like one.
    Whoever withdrew from the use of data adds nothing to them, not even what was seen before: what was entered until
    then is what is kept. The instant of the withdrawal itself is after it.
    """
    if withdrawn is None or not withdrawn.stops(Activity.VISIT):
        return None
    if withdrawn.stops(Activity.NEW_DATA):
        message = "The participant withdrew from the use of data: nothing new is entered. What was entered is kept."
        return Reason("VIS-DATA-USE", message, _SOURCE)
    if done_at < withdrawn.since:
        return None
    message = f"The participant had withdrawn from follow-up when this {what} took place: nothing of it is collected."
    return Reason("VIS-WITHDRAWN", message, _SOURCE)


def against_preparation(
    *, withdrawn: Withdrawn | None, lost_on: date | None, died_at: datetime | None
) -> Iterator[Reason]:
    """Why facts of the day of an infusion are not entered: nobody is prepared for an infusion that cannot start.

    Every withdrawal ends treatment, whatever its scope. Who is lost is recorded as found again first.
    """
    if died_at is not None:
        yield Reason("PRE-DIED", "The participant has died: no infusion is prepared.", "House rule")
    if withdrawn is not None and withdrawn.stops(Activity.INFUSION):
        message = "The participant withdrew from treatment: nothing more is collected for an infusion."
        yield Reason("PRE-WITHDRAWN", message, _SOURCE)
    if lost_on is not None:
        message = f"The participant is lost to follow-up since {lost_on}. Record first that they were found again."
        yield Reason("PRE-LOST", message, "Gate policy, definition of evaluable")
