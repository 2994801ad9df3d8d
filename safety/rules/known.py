"""What was known at an instant: the same facts without what happened or was recorded later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from safety.rules.gate_facts import CohortFacts, DecisionFacts, EventFacts, SubjectFacts, in_order
from trial.rules.site_time import site_date, start_of_day

Moment = TypeVar("Moment", date, datetime)


def known_facts(facts: CohortFacts, *, as_of: datetime, timezone: str) -> CohortFacts:
    """The cohort as it could be known at ``as_of`` (inclusive), in one order whatever the order of entry."""
    today = site_date(as_of, timezone=timezone)
    events = facts.events
    return replace(
        facts,
        subjects=tuple(
            sorted((_subject(s, as_of=as_of, today=today) for s in facts.subjects), key=lambda s: in_order(s.number))
        ),
        events=None if events is None else _events(events, as_of=as_of),
        incomplete=None if facts.incomplete is None else tuple(sorted(set(facts.incomplete))),
        suspended=facts.suspended if facts.suspended and _is_known(facts.suspended.since, as_of) else None,
        decisions=tuple(_decision(d, as_of=as_of) for d in facts.decisions if _is_known(d.at, as_of)),
    )


def changes_between(facts: CohortFacts, *, after: datetime, until: datetime, timezone: str) -> tuple[datetime, ...]:
    """Every instant in (after, until] at which something about subjects or events became known, in order.

    A day without a time counts from its first instant.
    """
    instants: set[datetime | None] = set()
    for subject in facts.subjects:
        instants |= {subject.died_at, subject.death_reviewed_at}
        instants |= {infusion.started_at for infusion in subject.infusions}
        instants |= {
            start_of_day(on, timezone=timezone) for on in (subject.withdrawn_on, subject.lost_on) if on is not None
        }
    for event in facts.events or ():
        instants |= {event.recorded_at, event.voided_at}
        instants |= {entry.recorded_at for entry in event.grades}
    if facts.suspended:
        instants.add(facts.suspended.since)
    return tuple(sorted(at for at in instants if at is not None and after < at <= until))


def _is_known(at: datetime | None, as_of: datetime) -> bool:
    return at is None or at <= as_of


def _until(moment: Moment | None, limit: Moment) -> Moment | None:
    return moment if moment is not None and moment <= limit else None


def _subject(subject: SubjectFacts, *, as_of: datetime, today: date) -> SubjectFacts:
    return replace(
        subject,
        infusions=tuple(
            sorted(
                (i for i in subject.infusions if i.started_at is not None and i.started_at <= as_of),
                key=lambda infusion: infusion.number,
            )
        ),
        withdrawn_on=_until(subject.withdrawn_on, today),
        lost_on=_until(subject.lost_on, today),
        died_at=_until(subject.died_at, as_of),
        death_reviewed_at=_until(subject.death_reviewed_at, as_of),
        d28_visit_on=_until(subject.d28_visit_on, today),
        phone_contact_on=_until(subject.phone_contact_on, today),
    )


def _events(events: tuple[EventFacts, ...], *, as_of: datetime) -> tuple[EventFacts, ...]:
    known = (_event(event, as_of=as_of) for event in events if _is_known(event.recorded_at, as_of))
    return tuple(sorted(known, key=lambda event: in_order(event.id)))


def _event(event: EventFacts, *, as_of: datetime) -> EventFacts:
    voided_at = _until(event.voided_at, as_of)
    return replace(
        event,
        grades=tuple(entry for entry in event.grades if _is_known(entry.recorded_at, as_of)),
        voided=voided_at is not None or (event.voided and event.voided_at is None),
        voided_at=voided_at,
    )


def _decision(decision: DecisionFacts, *, as_of: datetime) -> DecisionFacts:
    return replace(decision, signatures=tuple(s for s in decision.signatures if _is_known(s.at, as_of)))
