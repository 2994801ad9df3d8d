"""A death: noted with the participant, and dosing of the whole study held at once until it is reviewed and signed."""

from __future__ import annotations

from datetime import date, datetime

from enrollment.services import subjects
from followup.services import visit_plans
from safety.models import AdverseEvent
from safety.rules.event_entry import AdverseEventEntry, died_at
from safety.selectors.gate_facts import death_cause, event_reference
from safety.services.stopping_rules import tell_of_study_hold
from trial.models import User
from trial.rules.states import HoldKind
from trial.services import holds
from trial.services.regulated import regulated


def record(*, event: AdverseEvent, entry: AdverseEventEntry, fatal_on: date, by: User, at: datetime) -> None:
    """Note the death that a fatal event is, and hold the study. Source: G21; decision 14; protocol stopping rules."""
    subject = event.subject
    with regulated(by=by, act="deaths.record", study=subject.study):
        if subject.died_at is None:
            instant = died_at(entry, fatal_on=fatal_on, timezone=subject.site.timezone, at=at)
            subject = subjects.record_death(subject=subject, died_at=instant, by=by, at=at)
            visit_plans.cancel_all(subject=subject, by=by, at=at)
        hold = holds.place(
            study=subject.study,
            kind=HoldKind.DEATH,
            reason=f"Death of {subject.code} ({event_reference(event)}).",
            cause=death_cause(subject.code),
            by=by,
            at=at,
        )
        tell_of_study_hold(hold, at=at)
