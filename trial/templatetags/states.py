"""The one table that says how every state looks: its word, its shape and its tone.

A state is told apart by word and shape first; the tone only helps the eye. Codes are looked up without regard to
case, so ``met`` of a criterion and ``DONE`` of a visit stand in the same table. A code that is missing here is shown
as it is, with a question mark: visible, never dressed up as harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Tone(StrEnum):
    """The colour family of a state. Each has background, ink and edge in ``static/css/tokens.css``."""

    PLAIN = "plain"  # nothing has happened, nothing is asked
    ACTIVE = "active"  # going on now
    GOOD = "good"  # may go on
    WAIT = "wait"  # somebody has to do something
    STOP = "stop"  # must not go on
    DONE = "done"  # finished and kept


@dataclass(frozen=True, slots=True)
class StateLook:
    """Tone, name of the symbol in ``static/icons.svg``, and the word as the reader sees it."""

    tone: Tone
    icon: str
    word: str | Promise


PLAIN, ACTIVE, GOOD, WAIT, STOP, DONE = Tone

STATES: Final[dict[str, StateLook]] = {
    # Cohort and slot
    "VACANT": StateLook(PLAIN, "circle-dashed", _("Vacant")),
    "FILLED": StateLook(DONE, "users", _("Filled")),
    "OPEN": StateLook(GOOD, "lock-open", _("Open")),
    "CLOSED": StateLook(PLAIN, "lock", _("Closed")),
    "REVOKED": StateLook(STOP, "ban", _("Revoked")),
    "ACTIVE": StateLook(ACTIVE, "player-play", _("Active")),
    # Gate
    "LOCKED": StateLook(PLAIN, "lock-filled", _("Locked")),
    "OBSERVING": StateLook(ACTIVE, "eye", _("Observing")),
    "NOT_READY": StateLook(WAIT, "hourglass", _("Not ready")),
    "READY": StateLook(GOOD, "circle-check", _("Ready")),
    "UNDER_REVIEW": StateLook(ACTIVE, "search", _("Under review")),
    "PASSED": StateLook(GOOD, "circle-check-filled", _("Passed")),
    "NOT_PASSED": StateLook(STOP, "circle-x-filled", _("Not passed")),
    "UNDETERMINED": StateLook(WAIT, "help-circle", _("Undetermined")),
    "PASSED_PROCEED": StateLook(GOOD, "door-enter", _("Passed: proceed")),
    "PROCEED": StateLook(GOOD, "door-enter", _("Proceed")),
    "CONTINUE": StateLook(GOOD, "arrow-right", _("Continue")),
    "EXPAND": StateLook(WAIT, "users", _("Expand")),
    "HOLD": StateLook(STOP, "hand-stop", _("Hold")),
    "HELD": StateLook(STOP, "hand-stop", _("Held")),
    "STOP": StateLook(STOP, "octagon", _("Stop")),
    "STOPPED": StateLook(STOP, "octagon", _("Stopped")),
    "RE_REVIEW": StateLook(WAIT, "refresh", _("Review again")),
    "SUSPENDED": StateLook(STOP, "player-pause-filled", _("Suspended")),
    # Subject
    "SCREENING": StateLook(ACTIVE, "search", _("Screening")),
    "ELIGIBLE": StateLook(GOOD, "circle-check", _("Eligible")),
    "SCREEN_FAILED": StateLook(DONE, "circle-x", _("Screen failed")),
    "ENROLLED": StateLook(GOOD, "stairs-up", _("Enrolled")),
    "NOT_CONSENTED": StateLook(DONE, "writing-sign", _("Not consented")),
    "NOT_CONTINUED": StateLook(DONE, "player-stop-filled", _("Not continued")),
    "ALLOCATED": StateLook(ACTIVE, "stairs-up", _("Allocated")),
    "ON_TREATMENT": StateLook(ACTIVE, "vaccine", _("On treatment")),
    "FOLLOW_UP": StateLook(ACTIVE, "calendar", _("Follow-up")),
    "COMPLETED": StateLook(DONE, "checks", _("Completed")),
    "WITHDRAWN": StateLook(DONE, "arrow-back-up", _("Withdrawn")),
    "LOST": StateLook(WAIT, "help-circle", _("Lost to follow-up")),
    "DIED": StateLook(DONE, "cross", _("Died")),
    # Infusion
    "PLANNED": StateLook(PLAIN, "calendar", _("Planned")),
    "CLEARED": StateLook(GOOD, "clipboard-check", _("Cleared")),
    "PRODUCT_ISSUED": StateLook(ACTIVE, "package", _("Product issued")),
    "RUNNING": StateLook(ACTIVE, "player-play-filled", _("Running")),
    "PAUSED": StateLook(WAIT, "player-pause-filled", _("Paused")),
    "STOPPED_EARLY": StateLook(STOP, "player-stop-filled", _("Stopped early")),
    "NOT_GIVEN": StateLook(DONE, "ban", _("Not given")),
    "TO_PLAN": StateLook(WAIT, "calendar-due", _("To plan")),
    # What may come next
    "MAY_NOW": StateLook(GOOD, "circle-check", _("May happen now")),
    "CLEAR_AHEAD": StateLook(GOOD, "clipboard-check", _("Clear before the day")),
    "NOT_YET": StateLook(WAIT, "hourglass", _("Not yet")),
    "ELSEWHERE": StateLook(PLAIN, "building-hospital", _("Judged at its site")),
    # Visit and form
    "DUE": StateLook(WAIT, "calendar-due", _("Due")),
    "OVERDUE": StateLook(STOP, "alert-triangle", _("Overdue")),
    "DONE": StateLook(DONE, "check", _("Done")),
    "MISSED": StateLook(STOP, "calendar-x", _("Missed")),
    "CANCELLED": StateLook(PLAIN, "ban", _("Cancelled")),
    "NOT_STARTED": StateLook(PLAIN, "circle-dashed", _("Not started")),
    "IN_PROGRESS": StateLook(ACTIVE, "circle-half-2", _("In progress")),
    "DRAFT": StateLook(ACTIVE, "pencil", _("Draft")),
    "COMPLETE": StateLook(DONE, "check", _("Complete")),
    "QUERY": StateLook(WAIT, "message-question", _("Query")),
    "ANSWERED": StateLook(ACTIVE, "message-question", _("Answered")),
    "RESOLVED": StateLook(DONE, "check", _("Resolved")),
    "VERIFIED": StateLook(GOOD, "eye", _("Verified")),
    "SIGNED": StateLook(GOOD, "signature", _("Signed")),
    "FROZEN": StateLook(DONE, "snowflake", _("Frozen")),
    # Criterion and consent
    "MET": StateLook(GOOD, "circle-check", _("Met")),
    "NOT_MET": StateLook(STOP, "circle-x", _("Not met")),
    "UNKNOWN": StateLook(WAIT, "help-circle", _("Cannot be determined")),
    "NOT_APPLICABLE": StateLook(PLAIN, "minus", _("Not applicable")),
    "EXCLUDED": StateLook(STOP, "circle-x-filled", _("Excluded")),
    "NOT_EXCLUDED": StateLook(GOOD, "circle-check", _("Not excluded")),
    "RECONSENT_DUE": StateLook(WAIT, "writing-sign", _("Re-consent due")),
    "SUPERSEDED": StateLook(PLAIN, "history", _("Superseded")),
    "IN_FORCE": StateLook(GOOD, "circle-check", _("In force")),
    # Product
    "QUARANTINED": StateLook(WAIT, "shield-lock", _("Quarantined")),
    "RELEASED": StateLook(GOOD, "shield-check", _("Released")),
    "REJECTED": StateLook(STOP, "shield-x", _("Rejected")),
    "IN_STOCK": StateLook(PLAIN, "snowflake", _("In stock")),
    "ASSIGNED": StateLook(ACTIVE, "tag", _("Assigned")),
    "ISSUED": StateLook(ACTIVE, "package", _("Issued")),
    "INFUSED": StateLook(DONE, "vaccine", _("Infused")),
    "RETURNED": StateLook(PLAIN, "arrow-back-up", _("Returned")),
    "DESTROYED": StateLook(DONE, "trash", _("Destroyed")),
    "EXPIRED": StateLook(STOP, "calendar-x", _("Expired")),
    "USABLE": StateLook(GOOD, "shield-check", _("Usable")),
    "DESTROY": StateLook(STOP, "trash", _("To be destroyed")),
    "BALANCED": StateLook(GOOD, "checks", _("Balances")),
    "UNBALANCED": StateLook(STOP, "alert-triangle", _("Does not balance")),
    # Signature, report, person, task
    "VALID": StateLook(GOOD, "certificate", _("Valid")),
    "BROKEN": StateLook(STOP, "link-off", _("Broken")),
    "DEVIATION_OPEN": StateLook(WAIT, "help-circle", _("Not classified")),
    "DEVIATION_MINOR": StateLook(DONE, "check", _("Minor")),
    "DEVIATION_MAJOR": StateLook(STOP, "alert-triangle", _("Major")),
    "QUEUED": StateLook(PLAIN, "hourglass", _("Queued")),
    "FAILED": StateLook(STOP, "alert-triangle", _("Failed")),
    "SENT": StateLook(DONE, "check", _("Sent")),
    "INACTIVE": StateLook(PLAIN, "ban", _("Inactive")),
    "LIFTED": StateLook(DONE, "flag-off", _("Lifted")),
}


def look_of(code: object) -> StateLook:
    """How a state looks; an unlisted code shows itself with a question mark."""
    known = STATES.get(str(code).upper())
    return known or StateLook(Tone.PLAIN, "help-circle", str(code).replace("_", " ").capitalize())
