"""One participant on one page, read in a fixed number of queries however much has happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef
from django.http import Http404

from dosing.models import GuardBreach, Infusion
from enrollment.models import Allocation, EligibilitySnapshot, InformedConsent, Screening, Subject
from enrollment.rules.eligibility import Overall
from enrollment.rules.reconsent import ReconsentDue
from enrollment.rules.states import ConsentStatus, SubjectState
from enrollment.selectors.consents import consents_of
from enrollment.selectors.eligibility import assess, is_intact, latest_sign_off
from enrollment.selectors.reconsent import reconsent_of
from enrollment.selectors.subjects import visible
from enrollment.selectors.waiting import waiting_list
from followup.rules.visit_status import VisitStatus
from followup.selectors.visits import VisitLine, visits_of
from safety.models import AdverseEvent
from trial.edge.context import TrialContext


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """Everything the page shows. ``overall`` is worked out only while screening is open, else None. ``reconsent``: what
    has to be signed again. ``waiting_place``: on the waiting list, and how many are on it."""

    subject: Subject
    at: datetime
    allocation: Allocation | None
    screening: Screening
    snapshot: EligibilitySnapshot | None
    intact: bool | None
    overall: Overall | None
    consents: tuple[InformedConsent, ...]
    infusions: tuple[Infusion, ...]
    visits: tuple[VisitLine, ...]
    events: tuple[AdverseEvent, ...]
    reconsent: ReconsentDue | None
    waiting_place: tuple[int, int] | None

    @property
    def zone(self) -> str:
        return self.subject.site.timezone

    @property
    def state(self) -> SubjectState:
        return SubjectState(self.subject.state)

    @property
    def consented(self) -> bool:
        return any(c.status == ConsentStatus.SIGNED and c.withdrawn_at is None for c in self.consents)

    @property
    def open_visits(self) -> tuple[VisitLine, ...]:
        """Overdue visits before those that are due, each in the order of the protocol."""
        doable = [line for line in self.visits if line.is_actionable]
        return tuple(sorted(doable, key=lambda line: line.status is not VisitStatus.OVERDUE))


def subject_record(trial: TrialContext, *, code: str) -> SubjectRecord:
    """Raises ``Http404`` for a subject this person cannot see."""
    screening = _visible(trial, code)
    subject = screening.subject
    snapshot = latest_sign_off(screening)
    consents = consents_of(subject)
    is_screening = subject.state in (SubjectState.SCREENING, SubjectState.ELIGIBLE)
    return SubjectRecord(
        subject=subject,
        at=trial.at,
        allocation=getattr(subject, "allocation", None),
        screening=screening,
        snapshot=snapshot,
        intact=is_intact(snapshot, screening),
        overall=assess(screening, screening.facts, at=trial.at).verdict.overall if is_screening else None,
        consents=consents,
        infusions=tuple(_infusions(subject)),
        visits=visits_of(subject, at=trial.at),
        events=events_of(subject),
        reconsent=reconsent_of(subject, consents, at=trial.at),
        waiting_place=_waiting_place(subject) if subject.state == SubjectState.ELIGIBLE else None,
    )


def _waiting_place(subject: Subject) -> tuple[int, int] | None:
    waiting = waiting_list(subject.study)
    return next(((each.place, len(waiting)) for each in waiting if each.subject.pk == subject.pk), None)


def _visible(trial: TrialContext, code: str) -> Screening:
    """The present screening with its subject: registration makes the first, so that nobody is without one."""
    # Characters that no code has, the NUL that PostgreSQL refuses among them, are nobody's.
    if not code.isprintable():
        raise Http404
    place = ("subject__site", "subject__allocation__slot__cohort", "failure")
    screenings = Screening.objects.filter(visible(trial, subject="subject__"), subject__code=code)
    screening = screenings.select_related(*place).defer("failure__content").order_by("-attempt").first()
    if screening is None:
        raise Http404
    screening.subject.study = trial.study
    return screening


def _infusions(subject: Subject) -> list[Infusion]:
    product = ("unit__number", "unit__lot__number")
    rows = subject.infusions.select_related("unit__lot", "performed_by").only(
        *("subject", "number", "state", "planned_on", "started_at", "ended_at", "given_million_per_kg"),
        *("performed_by__printed_name", "performed_by__username", *product),
    )
    breaches = GuardBreach.objects.filter(infusion=OuterRef("pk"))
    return list(rows.annotate(is_breach=Exists(breaches)).order_by("number"))


def events_of(subject: Subject) -> tuple[AdverseEvent, ...]:
    """Adverse events with their present grade (``grade``) and the worst they had (``worst``). One query."""
    what = ("subject", "number", "reported_term", "ctcae_term", "onset", "voided_at")
    events = subject.adverse_events.only(*what, "serious", "relationship", "outcome").annotate(
        course=ArrayAgg("grades__grade", order_by="grades__id")
    )
    found = tuple(events.order_by("number"))
    for event in found:
        vars(event).update(grade=event.course[-1], worst=max(event.course))
    return found
