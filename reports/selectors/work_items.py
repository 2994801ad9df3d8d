"""A thing to do: what, about whom, by when, and the one place where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WEEK = timedelta(days=7)


class WorkGroup(StrEnum):
    OVERDUE = "OVERDUE"
    TODAY = "TODAY"
    WEEK = "WEEK"
    LATER = "LATER"


GROUP_LABELS: dict[WorkGroup, str | Promise] = {
    WorkGroup.OVERDUE: _("Overdue"),
    WorkGroup.TODAY: _("Today"),
    WorkGroup.WEEK: _("Within seven days"),
    WorkGroup.LATER: _("Later"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """``due_on`` is the site-local day it should be done, None for what waits without a date: that is for today."""

    kind: str
    title: str | Promise
    subject: str
    detail: str | Promise
    due_on: date | None
    group: WorkGroup
    url: str
    action: str | Promise

    @property
    def order(self) -> tuple[int, date, str, str]:
        """The most urgent first; what has no date stands before what has one within its group."""
        return (list(WorkGroup).index(self.group), self.due_on or date.min, self.subject, self.kind)


def group_of(due_on: date | None, *, today: date) -> WorkGroup:
    """Days are site-local; the day itself is not overdue, and the seventh day from today is within the week."""
    if due_on is None or due_on == today:
        return WorkGroup.TODAY
    if due_on < today:
        return WorkGroup.OVERDUE
    return WorkGroup.WEEK if due_on <= today + _WEEK else WorkGroup.LATER
