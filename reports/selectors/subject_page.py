"""One participant on one page, read in a fixed number of queries however much has happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, Subquery
from django.http import Http404

from dosing.models import Infusion
from enrollment.models import Allocation, EligibilitySnapshot, InformedConsent, Screening, Subject
from enrollment.rules.eligibility import Overall
from enrollment.rules.states import ConsentStatus, SubjectState
from enrollment.selectors.consents import consents_of
from enrollment.selectors.eligibility import current_screening, is_intact, latest_snapshot, preview
from enrollment.selectors.subjects import visible_subjects
from followup.rules.visit_status import VisitStatus
from followup.selectors.visits import VisitLine, visits_of
from safety.models import AdverseEvent, GradeEntry
from trial.edge.context import TrialContext


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """Everything the page shows. ``overall`` is worked out only while screening is open, else None."""

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
    subject = _visible(trial, code)
    screening = current_screening(subject)
    snapshot = latest_snapshot(screening)
    is_screening = subject.state in (SubjectState.SCREENING, SubjectState.ELIGIBLE)
    return SubjectRecord(
        subject=subject,
        at=trial.at,
        allocation=getattr(subject, "allocation", None),
        screening=screening,
        snapshot=snapshot,
        intact=is_intact(snapshot, screening),
        overall=preview(screening, screening.facts, at=trial.at).overall if is_screening else None,
        consents=consents_of(subject),
        infusions=tuple(_infusions(subject)),
        visits=visits_of(subject, at=trial.at),
        events=events_of(subject),
    )


def _visible(trial: TrialContext, code: str) -> Subject:
    # Characters that no code has, the NUL that PostgreSQL refuses among them, are nobody's.
    found = (
        visible_subjects(trial)
        .select_related(None)
        .select_related("allocation__slot__cohort", "site", "protocol_version")
    )
    subject = found.filter(code=code).first() if code.isprintable() else None
    if subject is None:
        raise Http404
    subject.study = trial.study
    return subject


def _infusions(subject: Subject) -> list[Infusion]:
    return list(Infusion.objects.filter(subject=subject).select_related("unit__lot", "performed_by").order_by("number"))


def events_of(subject: Subject) -> tuple[AdverseEvent, ...]:
    """Adverse events with their present grade (``grade``) and the worst they had (``worst``). One query."""
    latest = GradeEntry.objects.filter(event=OuterRef("pk")).order_by("-id").values("grade")[:1]
    events = AdverseEvent.objects.filter(subject=subject)
    return tuple(events.annotate(grade=Subquery(latest), worst=Max("grades__grade")).order_by("number"))
