"""Adverse events for lists and pages, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from dosing.models import Infusion
from enrollment.models import Allocation, Subject
from enrollment.selectors.subjects import visible_subjects
from followup.models import Visit
from followup.rules.states import VisitState
from safety.models import AdverseEvent, GradeEntry
from safety.rules.finding import Weight
from safety.rules.gate_facts import Identifier
from safety.rules.three_valued import Truth
from safety.selectors.gate import assess
from safety.selectors.gate_facts import event_reference
from trial.edge.context import TrialContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What the gate of its cohort makes of an event. ``counts`` None: not decided yet. ``cohort`` None: no gate."""

    cohort: int | None
    counts: Truth
    why: str


def visible_events(trial: TrialContext) -> QuerySet[AdverseEvent]:
    """Events, voided ones included, of the subjects whom this person may see; ``latest_grade`` None: not graded."""
    subjects = visible_subjects(trial).select_related(None).values("pk")
    latest = GradeEntry.objects.filter(event=OuterRef("pk")).order_by("-id").values("grade")[:1]
    rows = AdverseEvent.objects.filter(subject__in=subjects).annotate(latest_grade=Subquery(latest))
    return rows.select_related("subject__site", "recorded_by", "visit", "infusion").order_by("-recorded_at", "-id")


def event_or_404(trial: TrialContext, *, pk: int) -> AdverseEvent:
    rows = visible_events(trial).select_related(
        "subject__site", "subject__study", "subject__protocol_version", "recorded_by", "voided_by", "visit", "infusion"
    )
    found = rows.prefetch_related("grades__recorded_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def weighing(event: AdverseEvent, *, at: datetime) -> Weighing:
    """Why the event counts at the gate of its cohort, or why it does not."""
    allocation = Allocation.objects.filter(subject=event.subject).select_related("slot__cohort__study").first()
    if allocation is None:
        return Weighing(cohort=None, counts=None, why="")
    cohort = allocation.slot.cohort
    evidence = assess(cohort, at=at).outcome.evidence
    found: Mapping[Identifier, tuple[Truth, str]] = {
        item.event.id: ({Weight.COUNTS: True, Weight.DOES_NOT_COUNT: False}.get(item.weight), item.finding.why)
        for item in evidence.events
    }
    counts, why = found.get(event_reference(event), (None, ""))
    return Weighing(cohort=cohort.number, counts=counts, why=why)


def visits_to_link(subject: Subject) -> list[Visit]:
    """Visits at which an event can have been told."""
    rows = Visit.objects.filter(subject=subject, state__in=[VisitState.PLANNED, VisitState.DONE])
    return list(rows.order_by("sequence"))


def infusions_to_link(subject: Subject) -> list[Infusion]:
    return list(Infusion.objects.filter(subject=subject, started_at__isnull=False).order_by("number"))
