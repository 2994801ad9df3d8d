"""The list of subjects: which rows, in which orders."""

from __future__ import annotations

from django.db.models import QuerySet

from enrollment.models import Subject
from enrollment.selectors.keyset import PAGE_SIZE, Page, Place, keyset_page
from enrollment.selectors.subjects import visible_subjects
from trial.edge.context import TrialContext

# Each has its index with the code behind it, which makes the order total.
SORT_FIELDS = {"code": "code", "state": "state", "registered": "registered_at"}
DEFAULT_SORT = "code"


def listed_subjects(trial: TrialContext) -> QuerySet[Subject]:
    """The visible subjects with site and slot, and without the protocol text that every one of them refers to."""
    rows = visible_subjects(trial).select_related(None)
    return rows.select_related("site", "allocation__slot__cohort")


def ordering(sort: str) -> tuple[str, ...]:
    """Columns for a sort key such as ``-registered``; an unknown key sorts by code."""
    sign = "-" if sort.startswith("-") else ""
    field = SORT_FIELDS.get(sort.removeprefix("-"), SORT_FIELDS[DEFAULT_SORT])
    return (f"{sign}code",) if field == "code" else (f"{sign}{field}", f"{sign}code")


def page_of(subjects: QuerySet[Subject], *, sort: str, place: Place, size: int = PAGE_SIZE) -> Page[Subject]:
    """One page of these subjects in this order."""
    return keyset_page(subjects, columns=ordering(sort), key="code", place=place, size=size)
