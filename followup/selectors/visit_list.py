"""The list of visits, page by page, and how well the visits keep to their windows. A fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet

from enrollment.selectors.subjects import visible_subjects
from followup.models import Visit
from followup.rules.states import VisitState
from trial.edge.context import TrialContext


class Wanted(StrEnum):
    """What a list of visits can show. TO_DO: due or overdue."""

    TO_DO = "TO_DO"
    OVERDUE = "OVERDUE"
    DUE = "DUE"
    UPCOMING = "UPCOMING"
    DONE = "DONE"
    MISSED = "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """Visits whose window has closed, by what became of them. ``outside``: done before or after their window."""

    closed: int
    inside: int
    outside: int
    missed: int
    overdue: int

    @property
    def percent(self) -> Decimal | None:
        """Share of the closed windows in which the visit took place, in percent to one decimal. None: none closed."""
        if not self.closed:
            return None
        return (Decimal(100) * self.inside / self.closed).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCounts:
    overdue: int
    due: int
    upcoming: int
    compliance: Compliance


def visible_visits(trial: TrialContext) -> QuerySet[Visit]:
    """The visits of the subjects whom this person may see, in the order in which they have to be done."""
    subjects = visible_subjects(trial).select_related(None).values("pk")
    rows = Visit.objects.filter(subject__in=subjects).exclude(state=VisitState.CANCELLED)
    return rows.select_related("subject__site", "recorded_by").order_by("closes_at", "opens_at", "id")


def wanted_rows(wanted: Wanted, *, at: datetime) -> Q:
    """The rule of ``visit_status`` as a condition of the database; a test holds the two together."""
    planned = Q(state=VisitState.PLANNED)
    overdue = planned & Q(closes_at__lt=at)
    not_closed = Q(closes_at__isnull=True) | Q(closes_at__gte=at)
    due = planned & Q(opens_at__lte=at) & not_closed
    conditions = {
        Wanted.OVERDUE: overdue,
        Wanted.DUE: due,
        Wanted.TO_DO: overdue | due,
        Wanted.UPCOMING: planned & not_closed & (Q(opens_at__isnull=True) | Q(opens_at__gt=at)),
        Wanted.DONE: Q(state=VisitState.DONE),
        Wanted.MISSED: Q(state=VisitState.MISSED),
    }
    return conditions[wanted]


def visit_counts(visits: QuerySet[Visit], *, at: datetime) -> VisitCounts:
    """One query, whatever the number of visits."""
    closed = Q(closes_at__lt=at)
    inside = Q(state=VisitState.DONE, done_at__gte=F("opens_at"), done_at__lte=F("closes_at"))
    found = visits.order_by().aggregate(
        overdue=Count("pk", filter=wanted_rows(Wanted.OVERDUE, at=at)),
        due=Count("pk", filter=wanted_rows(Wanted.DUE, at=at)),
        upcoming=Count("pk", filter=wanted_rows(Wanted.UPCOMING, at=at)),
        closed=Count("pk", filter=closed),
        inside=Count("pk", filter=closed & inside),
        done=Count("pk", filter=closed & Q(state=VisitState.DONE)),
        missed=Count("pk", filter=closed & Q(state=VisitState.MISSED)),
    )
    return VisitCounts(
        overdue=found["overdue"],
        due=found["due"],
        upcoming=found["upcoming"],
        compliance=Compliance(
            closed=found["closed"],
            inside=found["inside"],
            outside=found["done"] - found["inside"],
            missed=found["missed"],
            overdue=found["overdue"],
        ),
    )
