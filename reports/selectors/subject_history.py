"""The history of a participant's rows in words: who changed which value from what to what, when and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import CharField, Field, Model, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from dosing.models import Infusion, PreDoseCheck
from enrollment.forms.screening_labels import fact_label
from enrollment.models import (
    Allocation,
    EligibilitySnapshot,
    InformedConsent,
    Screening,
    ScreeningFailure,
    Subject,
    SupportInterview,
)
from enrollment.rules.birth_date import as_shown
from enrollment.views.criteria import whole_text
from followup.models import LossToFollowUp, TelephoneContact, Visit
from safety.models import AdverseEvent, Endorsement, GradeEntry
from trial.models import AuditEvent, User
from trial.templatetags.look import trial_time

ON_ONE_PAGE = 100
# Each table with the way from its rows to the subject.
_TABLES: tuple[tuple[type[Model], str], ...] = (
    (Subject, "pk"),
    (InformedConsent, "subject"),
    (Screening, "subject"),
    (SupportInterview, "subject"),
    (EligibilitySnapshot, "screening__subject"),
    (ScreeningFailure, "screening__subject"),
    (Allocation, "subject"),
    (Infusion, "subject"),
    (PreDoseCheck, "infusion__subject"),
    (Visit, "subject"),
    (TelephoneContact, "subject"),
    (LossToFollowUp, "subject"),
    (AdverseEvent, "subject"),
    (GradeEntry, "event__subject"),
    (Endorsement, "subject"),
)
# Of no meaning to a reader: keys, and what is computed from what is shown.
_SILENT = frozenset({"id", "facts_sha256", "content", "content_sha256"})


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    at: datetime
    by: str
    action: str
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``older`` is the id of the last entry shown where more follow, else None."""

    entries: tuple[HistoryEntry, ...]
    older: int | None


def subject_history(subject: Subject, *, before: int | None, whole: bool) -> HistoryPage:
    """The latest changes first, from the id ``before`` on; ``whole``: with the day of birth. Three queries, however
    much there is."""
    events = AuditEvent.objects.filter(_of(subject))
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events.order_by("-pk")[: ON_ONE_PAGE + 1])
    shown = found[:ON_ONE_PAGE]
    people = User.objects.in_bulk({event.actor_id for event in shown if event.actor_id is not None})
    entries = tuple(_entry(event, people, zone=subject.site.timezone, whole=whole) for event in shown)
    return HistoryPage(entries, shown[-1].pk if len(found) > ON_ONE_PAGE else None)


def _of(subject: Subject) -> Q:
    rows = _row_ids(subject)
    wanted = Q(pk__in=[])
    for table, ids in rows.items():
        wanted |= Q(table_name=table, row_id__in=ids)
    return wanted


def _row_ids(subject: Subject) -> dict[str, list[str]]:
    """The ids of all rows of the participant, by table. One query."""
    parts = [_ids(model, way, subject) for model, way in _TABLES]
    found: dict[str, list[str]] = {}
    for table, row_id in parts[0].union(*parts[1:], all=True):
        found.setdefault(table, []).append(row_id)
    return found


def _ids(model: type[Model], way: str, subject: Subject) -> QuerySet[Any, tuple[str, str]]:
    rows = model._default_manager.filter(**{way: subject.pk})
    return rows.order_by().values_list(
        Value(model._meta.db_table, output_field=CharField()), Cast("pk", output_field=CharField())
    )


def _entry(event: AuditEvent, people: Mapping[int, User], *, zone: str, whole: bool) -> HistoryEntry:
    person = people.get(event.actor_id) if event.actor_id is not None else None
    model = _models()[event.table_name]
    what = str(model._meta.verbose_name).capitalize()
    action = _("%(what)s: entered") if event.operation == "I" else _("%(what)s: changed")
    return HistoryEntry(
        at=event.trial_at,
        by=person.printed_name if person else event.actor,
        action=action % {"what": what},
        reason=event.reason,
        changes=tuple(_changes(event, model, zone=zone, whole=whole)) if event.operation == "U" else (),
    )


def _changes(event: AuditEvent, model: type[Model], *, zone: str, whole: bool) -> Iterator[Change]:
    before, after = event.before or {}, event.after or {}
    for key, new in after.items():
        old = before.get(key)
        if key in _SILENT or old == new:
            continue
        if key == "facts":
            yield from _fact_changes(old or {}, new or {}, whole=whole)
        else:
            yield Change(_field_label(model, key), _text(old, zone), _text(new, zone))


def _fact_changes(before: Mapping[str, object], after: Mapping[str, object], *, whole: bool) -> Iterator[Change]:
    """Where only the day of birth changed and only the year is shown, the year stands on both sides."""
    old, new = as_shown(before, whole=whole), as_shown(after, whole=whole)
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Change(str(fact_label(key)), _fact(key, old.get(key)), _fact(key, new.get(key)))


def _fact(key: str, value: object) -> str | None:
    return None if value is None else str(whole_text(key, value))


def _text(value: object, zone: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or None
    at = parse_datetime(value) if isinstance(value, str) and "T" in value else None
    return trial_time(at, zone) if at is not None and at.tzinfo is not None else str(value)


def _field_label(model: type[Model], column: str) -> str:
    names = {field.column: field for field in model._meta.get_fields() if isinstance(field, Field)}
    return str(names[column].verbose_name).capitalize() if column in names else column


@cache
def _models() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model, _way in _TABLES}
