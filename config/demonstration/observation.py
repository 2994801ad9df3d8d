"""Visits attended and an event reported in the story."""

from __future__ import annotations

from datetime import datetime, timedelta

from enrollment.models import Subject
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.services import visits
from safety.rules.states import ActionTaken, Outcome, Relationship
from safety.services import adverse_events
from safety.services.adverse_events import AdverseEventEntry
from trial.models import User
from trial.rules.site_time import at_site

People = dict[str, User]


def attend(subject: Subject, people: People, *, code: str, at: datetime) -> None:
    """The visit takes place now; the question about adverse events is answered with "none"."""
    visit = Visit.objects.get(subject=subject, code=code)
    visits.complete(
        visit=visit,
        done_at=at,
        adverse_events_asked=AdverseEventAnswer.NONE,
        note="",
        by=people["coordinator"],
        at=at,
    )
