"""What happened to a participant on one axis of time, and what is planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dosing.models import Infusion
from enrollment.rules.states import ConsentStatus
from followup.rules.states import VisitState
from followup.rules.visit_status import VisitStatus
from reports.selectors.subject_next import address
from reports.selectors.subject_page import SubjectRecord
from safety.models import AdverseEvent
from safety.rules.onset import Onset
from trial.rules.partial_dates import PartialDate
from trial.rules.site_time import end_of_day, site_date
from trial.rules.study_day import days_since_infusion

Text = str | Promise
_WHOLE_DAY = len("2025-03-31")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """``order_at`` sorts. Either ``at`` or ``on`` is shown; ``on`` may be a partial date as text."""

    order_at: datetime
    kind: Text
    label: Text
    icon: str
    at: datetime | None = None
    on: date | str | None = None
    tone: str = "plain"
    url: str | None = None
    state: str = ""
    detail: Text = ""
    day: Text = ""
    is_future: bool = False


def timeline(record: SubjectRecord) -> tuple[TimelineEvent, ...]:
    """Consent, allocation, infusions, visits and adverse events, the earliest first."""
    found = [*_consents(record), *_allocation(record), *_infusions(record), *_visits(record), *_events(record)]
    return tuple(sorted(found, key=lambda event: event.order_at))


def _consents(record: SubjectRecord) -> Iterator[TimelineEvent]:
    url = address("consent", record.subject.code)
    for consent in record.consents:
        refused = consent.status == ConsentStatus.REFUSED
        yield TimelineEvent(
            order_at=consent.given_at,
            at=consent.given_at,
            kind=_("Consent"),
            label=_("Consent refused") if refused else _("Consent signed"),
            detail=str(consent.consent_version),
            icon="writing-sign",
            tone="done" if refused else "good",
            url=url,
        )
        if consent.withdrawn_at is not None:
            yield TimelineEvent(
                order_at=consent.withdrawn_at,
                at=consent.withdrawn_at,
                kind=_("Consent"),
                label=_("Consent withdrawn"),
                icon="arrow-back-up",
                tone="stop",
                url=url,
            )


def _allocation(record: SubjectRecord) -> Iterator[TimelineEvent]:
    if record.allocation is not None:
        slot = record.allocation.slot
        yield TimelineEvent(
            order_at=record.allocation.allocated_at,
            at=record.allocation.allocated_at,
            kind=_("Allocation"),
            label=f"{slot.cohort}, {slot.label}",
            icon="stairs-up",
            tone="active",
            url=address("allocate", record.subject.code),
        )


def _infusions(record: SubjectRecord) -> Iterator[TimelineEvent]:
    for infusion in record.infusions:
        planned_at = end_of_day(infusion.planned_on, timezone=record.zone)
        started = infusion.started_at is not None
        yield TimelineEvent(
            order_at=infusion.started_at or planned_at,
            at=infusion.started_at,
            on=None if started else infusion.planned_on,
            kind=_("Infusion"),
            label=_("Infusion %(number)s") % {"number": infusion.number},
            icon="vaccine",
            tone=_tone(infusion),
            state=infusion.state,
            detail=_("Given in spite of the guard") if vars(infusion).get("is_breach") else "",
            url=address("infusion", infusion.pk),
            is_future=not started and planned_at > record.at,
        )


def _tone(infusion: Infusion) -> str:
    if vars(infusion).get("is_breach"):
        return "stop"
    return "plain" if infusion.started_at is None else "active"


def _visits(record: SubjectRecord) -> Iterator[TimelineEvent]:
    for line in record.visits:
        visit = line.visit
        order_at = visit.done_at or _end_of(visit.nominal_on, record)
        if line.status is VisitStatus.CANCELLED or order_at is None:
            continue
        yield TimelineEvent(
            order_at=order_at,
            at=visit.done_at,
            on=None if visit.done_at else visit.nominal_on,
            kind=_("Visit"),
            label=visit.code,
            icon="calendar-check" if visit.state == VisitState.DONE else "calendar",
            tone="done" if visit.state == VisitState.DONE else "plain",
            state=line.status.value,
            url=address("visit", visit.pk),
            is_future=order_at > record.at,
        )


def _end_of(on: date | None, record: SubjectRecord) -> datetime | None:
    """What is only planned for a day stands behind what has happened on it."""
    return None if on is None else end_of_day(on, timezone=record.zone)


def _events(record: SubjectRecord) -> Iterator[TimelineEvent]:
    for event in record.events:
        onset = Onset.parse(event.onset, timezone=record.zone)
        has_time = len(event.onset) > _WHOLE_DAY
        yield TimelineEvent(
            order_at=onset.earliest,
            at=onset.earliest if has_time else None,
            on=None if has_time else _day(event.onset),
            kind=_("Adverse event"),
            label=event_title(event),
            icon="activity",
            tone="plain" if event.voided_at else "stop" if event.serious else "wait",
            day=_since_infusion(record, onset.earliest) if len(event.onset) >= _WHOLE_DAY else "",
            detail=_("voided") if event.voided_at else _("serious") if event.serious else "",
            url=address("event", event.pk),
        )


def event_title(event: AdverseEvent) -> str:
    """Term and present grade, as ``events_of`` reads it."""
    grade = getattr(event, "grade", None)
    term = event.ctcae_term or event.reported_term
    return _("%(term)s, grade %(grade)s") % {"term": term, "grade": grade} if grade else term


def _day(onset: str) -> date | str:
    partial = PartialDate.parse(onset)
    return partial.earliest if partial.is_complete else onset


def _since_infusion(record: SubjectRecord, at: datetime) -> Text:
    """Days since the last infusion before; the day of the infusion is 0."""
    before = [each for each in record.infusions if each.started_at is not None and each.started_at <= at]
    if not before or before[-1].started_at is None:
        return ""
    on = site_date(at, timezone=record.zone)
    days = days_since_infusion(on, infusion_on=site_date(before[-1].started_at, timezone=record.zone))
    return _("%(days)s d after infusion %(number)s") % {"days": days, "number": before[-1].number}
