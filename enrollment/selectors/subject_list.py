"""The list of subjects, page by page, as fast among a hundred thousand as among a hundred.

Nothing is counted and no row is skipped over: a page begins behind the last row of the page before, which the index
finds at once, and one row more than it shows tells whether another page follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from enrollment.models import Subject
from enrollment.selectors.subjects import visible_subjects
from trial.edge.context import TrialContext

PAGE_SIZE = 50
# Each has its index with the code behind it, which makes the order total.
SORT_FIELDS = {"code": "code", "state": "state", "registered": "registered_at"}
DEFAULT_SORT = "code"


@dataclass(frozen=True, slots=True)
class Place:
    """A page begins behind the subject with this code, or (``backwards``) ends before it. Empty: the first page."""

    code: str = ""
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """``before`` and ``after`` are the codes from which the neighbouring pages are asked for; empty: there is none."""

    subjects: tuple[Subject, ...]
    before: str
    after: str


def listed_subjects(trial: TrialContext) -> QuerySet[Subject]:
    """The visible subjects with site and slot, and without the protocol text that every one of them refers to."""
    rows = visible_subjects(trial).select_related(None)
    return rows.select_related("site", "allocation__slot__cohort")


def ordering(sort: str) -> tuple[str, ...]:
    """Columns for a sort key such as ``-registered``; an unknown key sorts by code."""
    sign = "-" if sort.startswith("-") else ""
    field = SORT_FIELDS.get(sort.removeprefix("-"), SORT_FIELDS[DEFAULT_SORT])
    return (f"{sign}code",) if field == "code" else (f"{sign}{field}", f"{sign}code")


def page_of(subjects: QuerySet[Subject], *, sort: str, place: Place, size: int = PAGE_SIZE) -> SubjectPage:
    """One page of these subjects. A place that nobody can see is the start. One query, two behind the first page."""
    columns = ordering(sort)
    anchor = subjects.filter(code=place.code).first() if place.code else None
    if anchor is None:
        found = tuple(subjects.order_by(*columns)[: size + 1])
        return _page(found[:size], has_before=False, has_after=len(found) > size)
    if place.backwards:
        columns = tuple(_turned(column) for column in columns)
    found = tuple(subjects.filter(_behind(anchor, columns)).order_by(*columns)[: size + 1])
    shown, more = found[:size], len(found) > size
    if place.backwards:
        return _page(shown[::-1], has_before=more, has_after=True)
    return _page(shown, has_before=True, has_after=more)


def _page(shown: tuple[Subject, ...], *, has_before: bool, has_after: bool) -> SubjectPage:
    return SubjectPage(
        subjects=shown,
        before=shown[0].code if has_before and shown else "",
        after=shown[-1].code if has_after and shown else "",
    )


def _turned(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def _behind(anchor: Subject, columns: tuple[str, ...]) -> Q:
    """Rows that follow the anchor in this order. The first comparison bounds the walk along the index."""
    way = "lt" if columns[0].startswith("-") else "gt"
    code: dict[str, Any] = {f"code__{way}": anchor.code}
    if len(columns) == 1:
        return Q(**code)
    field = columns[0].removeprefix("-")
    value = getattr(anchor, field)
    return Q(**{f"{field}__{way}e": value}) & (Q(**{f"{field}__{way}": value}) | Q(**code))
