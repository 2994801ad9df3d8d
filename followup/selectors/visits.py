"""Visits for pages: with the status that follows from window and clock, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from enrollment.models import Subject
from followup.models import Visit
from followup.rules.states import VisitState
from followup.rules.visit_status import VisitStatus, days_off, visit_status
from trial.models import Study
from trial.rules.site_time import site_date

# Enough for a day's list on one page; the rest is found through the subjects.
_MOST = 200


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as it stands at an instant. ``days_off``: site days outside its window when it took place, signed."""

    visit: Visit
    status: VisitStatus
    days_off: int

    @property
    def is_actionable(self) -> bool:
        return self.status in (VisitStatus.DUE, VisitStatus.OVERDUE)


def visits_of(subject: Subject, *, at: datetime) -> tuple[VisitLine, ...]:
    """All visits of a subject in the order of the protocol, cancelled ones included. One query."""
    # Over the subject that is at hand already: a join would read it, its site and a person again for every visit.
    return tuple(visit_line(visit, at=at) for visit in subject.visits.all())


def visit_grid(subjects: Iterable[Subject], *, at: datetime) -> Mapping[int, tuple[VisitLine, ...]]:
    """The visits of several subjects by subject id, without those the plan no longer knows. One query."""
    ids = [subject.pk for subject in subjects]
    grid: dict[int, list[VisitLine]] = {pk: [] for pk in ids}
    rows = _rows(Q(subject_id__in=ids) & ~Q(state=VisitState.CANCELLED)).order_by("subject_id", "sequence")
    for visit in rows:
        grid[visit.subject_id].append(visit_line(visit, at=at))
    return {pk: tuple(lines) for pk, lines in grid.items()}


def visits_to_do(
    study: Study, *, at: datetime, ahead: timedelta, sites: frozenset[int] | None = None, most: int = _MOST
) -> tuple[VisitLine, ...]:
    """Open visits that are overdue, due, or whose window opens within ``ahead``; the one that closes first, first.

    ``sites`` None: all sites of the study. One query, at most ``most`` rows.
    """
    wanted = Q(subject__study=study, state=VisitState.PLANNED) & (
        Q(opens_at__lte=at + ahead) | Q(closes_at__lte=at + ahead)
    )
    if sites is not None:
        wanted &= Q(subject__site_id__in=sites)
    rows = _rows(wanted).order_by("closes_at", "opens_at", "id")[:most]
    return tuple(visit_line(visit, at=at) for visit in rows)


def visit_line(visit: Visit, *, at: datetime) -> VisitLine:
    """``visit`` comes with its subject and site."""
    status = visit_status(VisitState(visit.state), opens_at=visit.opens_at, closes_at=visit.closes_at, at=at)
    return VisitLine(visit=visit, status=status, days_off=_days_off(visit))


def _rows(wanted: Q) -> QuerySet[Visit]:
    return Visit.objects.filter(wanted).select_related("subject__site", "recorded_by")


def _days_off(visit: Visit) -> int:
    if visit.done_at is None:
        return 0
    zone = visit.subject.site.timezone
    return days_off(
        site_date(visit.done_at, timezone=zone),
        opens_on=None if visit.opens_at is None else site_date(visit.opens_at, timezone=zone),
        closes_on=None if visit.closes_at is None else site_date(visit.closes_at, timezone=zone),
    )
