"""Whether a participant has to sign the consent again: one definition for pages, tasks and the dosing guard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from enrollment.rules.states import SubjectState

# Only who still takes part is asked to sign again: after a withdrawal what was collected stays under the old consent.
TAKES_PART = frozenset(
    {
        SubjectState.SCREENING,
        SubjectState.ELIGIBLE,
        SubjectState.ALLOCATED,
        SubjectState.ON_TREATMENT,
        SubjectState.FOLLOW_UP,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredConsent:
    """A version that subjects who signed an older one must sign again, at the latest on ``by`` (None: not stated)."""

    version: str
    approved_on: date
    by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconsentDue:
    """``version``: what is to be signed. ``by``: the earliest last day of all versions that were not signed in time."""

    version: str
    by: date | None

    def is_overdue(self, *, today: date) -> bool:
        """The last day itself is still in time."""
        return self.by is not None and today > self.by


def reconsent_due(*, signed: Iterable[date], required: Iterable[RequiredConsent], today: date) -> ReconsentDue | None:
    """What has to be signed again. ``signed``: approval days of the versions signed and in force; ``required``: of a
    site.

    Across languages, by the day of approval at the site: a text signed in any language covers every text approved until
    the day on which it was approved itself; the day itself included. Without a consent in force nothing is due *again*.
    Source: ICH E6(R3) 2.8 (new information, signing again).
    """
    latest_signed = max(signed, default=None)
    if latest_signed is None:
        return None
    newer = [each for each in required if latest_signed < each.approved_on <= today]
    if not newer:
        return None
    latest = max(newer, key=lambda each: each.approved_on)
    return ReconsentDue(version=latest.version, by=min((each.by for each in newer if each.by), default=None))
