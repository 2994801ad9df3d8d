"""Every change of an adverse event, from the history that the database writes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from safety.models import AdverseEvent, GradeEntry
from trial.models import AuditEvent, User

_UNSHOWN = frozenset({"id", "subject_id", "event_id", "recorded_at", "recorded_by_id", "voided_at", "voided_by_id"})


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """``action`` names the use case, ``reason`` is the person's own; ``changes`` is empty for the first record."""

    at: datetime
    by: str
    role: str
    action: str
    reason: str
    changes: tuple[Change, ...]


def event_history(event: AdverseEvent) -> tuple[HistoryEntry, ...]:
    """The event and its grades, the latest change first. Two queries more than the event itself."""
    grades = [str(grade.pk) for grade in event.grades.all()]
    rows = AuditEvent.objects.filter(
        Q(table_name=AdverseEvent._meta.db_table, row_id=str(event.pk))
        | Q(table_name=GradeEntry._meta.db_table, row_id__in=grades)
    ).order_by("-id")
    found = list(rows)
    names = dict(User.objects.filter(pk__in={row.actor_id for row in found}).values_list("pk", "printed_name"))
    return tuple(
        HistoryEntry(
            at=row.trial_at,
            by=names.get(row.actor_id or 0, row.actor),
            role="",
            action=row.act,
            reason=row.reason,
            changes=tuple(_changes(row)),
        )
        for row in found
    )


def _changes(row: AuditEvent) -> Iterator[Change]:
    """What differs; of a new grade the grade itself, of a new event nothing: the page shows it."""
    before: Mapping[str, Any] = row.before or {}
    after: Mapping[str, Any] = row.after or {}
    if not before and row.table_name == AdverseEvent._meta.db_table:
        return
    for name in after:
        if name not in _UNSHOWN and before.get(name) != after[name]:
            yield Change(name.replace("_", " "), _text(before.get(name)), _text(after[name]))


def _text(value: object) -> str:
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
