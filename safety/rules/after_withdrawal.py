"""Which adverse events are still recorded of a participant who withdrew from the use of data."""

from __future__ import annotations

from enrollment.rules.collection import Activity, Withdrawn
from safety.rules.event_entry import AdverseEventEntry, parse_written
from trial.rules.decision import Reason

_SEVERE = 3
_SOURCE = "ICH E2A; ICH E6(R3) 2.7.2 (safety reporting); Personal Data Protection Act, article 3"


def against_event(
    withdrawn: Withdrawn | None, entry: AdverseEventEntry, *, special_interest: bool, timezone: str
) -> Reason | None:
    """Why this event is not recorded; None where safety law asks for it, or nobody withdrew from the use of data.

    Recorded in any case: what is serious, fatal, severe (grade 3 and more), of special interest, an infusion reaction,
    not graded yet, and what began, or may have begun, before the withdrawal: the gate counts it. Left out is only what
    is certainly none of these. A withdrawal from treatment or from follow-up leaves nothing out.
    """
    if withdrawn is None or not withdrawn.stops(Activity.NEW_DATA):
        return None
    is_asked_for = (
        entry.serious
        or entry.is_fatal
        or entry.grade is None
        or entry.grade >= _SEVERE
        or special_interest
        or entry.infusion_reaction
        or entry.stopped_infusion
    )
    if is_asked_for or _may_have_begun_before(withdrawn, entry.onset, timezone=timezone):
        return None
    message = (
        "The participant withdrew from the use of data before this began, and it is neither serious nor severe nor of "
        "special interest: it is not collected."
    )
    return Reason("AEV-DATA-USE", message, _SOURCE)


def _may_have_begun_before(withdrawn: Withdrawn, onset: str, *, timezone: str) -> bool:
    """An onset that cannot be read is refused for that, and is not judged here."""
    try:
        return parse_written(onset, timezone=timezone).earliest < withdrawn.since
    except ValueError:
        return True
