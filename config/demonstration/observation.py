"""Visits attended, and an event reported, in the story."""

from __future__ import annotations

from datetime import datetime, timedelta

from enrollment.models import Subject
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.services import visits
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import ActionTaken, Outcome, Relationship
from safety.services import adverse_events
from trial.models import User
from trial.rules.site_time import site_date

People = dict[str, User]


def attend(subject: Subject, people: People, *, code: str, at: datetime) -> None:
    """The visit takes place now; the question about adverse events is answered with "none"."""
    visits.complete(
        visit=Visit.objects.get(subject=subject, code=code),
        done_at=at,
        adverse_events_asked=AdverseEventAnswer.NONE,
        note="",
        by=people["coordinator"],
        at=at,
    )


def report_cold(subject: Subject, people: People, *, at: datetime) -> None:
    """A cold, long after the observation window: an adverse event all the same, and none that the gate counts."""
    day = site_date(at, timezone=subject.site.timezone)
    entry = AdverseEventEntry(
        reported_term="Common cold",
        ctcae_term="Upper respiratory infection",
        onset=(day - timedelta(days=2)).isoformat(),
        aware_at=at,
        grade=2,
        relationship=Relationship.UNLIKELY,
        outcome=Outcome.RECOVERING,
        action_taken=ActionTaken.NOT_APPLICABLE,
        narrative="Telephone call of the participant; rhinitis and cough, no fever.",
    )
    adverse_events.record(subject=subject, entry=entry, by=people["subinvestigator"], at=at)
