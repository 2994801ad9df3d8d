"""The audit trail, readable: who changed what from what to what, for which act and why. It decides nothing."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Cast

from enrollment.models import Subject
from enrollment.rules.birth_date import as_shown
from enrollment.selectors.subjects import visible_subjects
from safety.models import GateReview
from trial.edge.context import TrialContext
from trial.models import AuditEvent, Site, Study
from trial.rules.site_time import end_of_day, start_of_day

PAGE_SIZE = 50
_APPS = ("trial", "enrollment", "dosing", "followup", "safety", "reports")
# Secrets are kept out of every page; long documents are named, and read where they belong.
_SECRET = frozenset({"password", "token_sha256", "mac"})
_DOCUMENTS = frozenset({"content", "canonical", "dossier"})
# Told apart by a hash, so that a change shows: what is sealed tells a reader nothing.
_SEALED = frozenset({"sealed", "wrapped", "person_mark"})
_OPERATIONS = {"I": "created", "U": "changed", "D": "deleted"}


@dataclass(frozen=True, slots=True)
class TrailChange:
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """``trial_at`` is the clock of the trial, ``recorded_at`` the true time of the server."""

    id: int
    trial_at: datetime
    recorded_at: datetime
    actor: str
    act: str
    table: str
    row: str
    operation: str
    reason: str
    changes: tuple[TrailChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """Everything is optional; empty text asks for nothing. Days are site-local, bounds inclusive, in trial time."""

    table: str = ""
    subject: str = ""
    person: str = ""
    act: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """``older``: the id to go on before; None on the last page."""

    entries: tuple[TrailEntry, ...]
    older: int | None


def table_labels() -> dict[str, str]:
    """Every table with a history, by the name that people know it by."""
    models = [model for label in _APPS for model in apps.get_app_config(label).get_models()]
    named = {model._meta.db_table: str(model._meta.verbose_name).capitalize() for model in models}
    return dict(sorted(named.items(), key=lambda item: item[1]))


def audit_trail(trial: TrialContext, wanted: TrailFilter, *, before: int | None) -> TrailPage:
    """One page, the latest first, begun before the id of the entry last seen: as fast at the end as at the start."""
    events = audit_events(trial, wanted)
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return TrailPage(tuple(trail_entry(event) for event in shown), shown[-1].pk if len(found) > PAGE_SIZE else None)


def _hidden_votes(study: Study) -> Q:
    """Votes of a review that is still open: reviewers are blind to each other until all have voted."""
    reviews = GateReview.objects.filter(cohort__study=study, decided_at__isnull=True).values_list("pk", flat=True)
    return Q(table_name="safety_gatevote", after__review_id__in=list(reviews))


def audit_events(trial: TrialContext, wanted: TrailFilter) -> QuerySet[AuditEvent]:
    """What this person may see of what is wanted: nothing of other studies, nothing of subjects of other sites."""
    zone = trial.access.timezone
    conditions = Q()
    if wanted.table:
        conditions &= Q(table_name=wanted.table)
    if wanted.person:
        conditions &= Q(actor=wanted.person)
    if wanted.act:
        conditions &= Q(act__startswith=wanted.act)
    if wanted.first_day:
        conditions &= Q(trial_at__gte=start_of_day(wanted.first_day, timezone=zone))
    if wanted.last_day:
        conditions &= Q(trial_at__lte=end_of_day(wanted.last_day, timezone=zone))
    events = AuditEvent.objects.filter(conditions)
    if wanted.subject:
        events = events.filter(_of_subject(trial, wanted.subject))
    return events.exclude(_hidden(trial) | _hidden_votes(trial.study)).order_by("-pk")


def trail_entry(event: AuditEvent) -> TrailEntry:
    return TrailEntry(
        id=event.pk,
        trial_at=event.trial_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        act=event.act,
        table=table_labels().get(event.table_name, event.table_name),
        row=event.row_id,
        operation=_OPERATIONS.get(event.operation, event.operation),
        reason=event.reason,
        changes=tuple(_changes(event.before or {}, event.after or {})),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[TrailChange]:
    for name in after or before:
        old, new = before.get(name), after.get(name)
        if old != new and name != "id" and name not in _SECRET:
            yield TrailChange(name.removesuffix("_id").replace("_", " "), _words(name, old), _words(name, new))
        elif old != new and name in _SECRET:
            yield TrailChange(name.replace("_", " "), None, "(secret)")


def _words(name: str, value: Any) -> str | None:
    if value is None or value in ("", [], {}):
        return None
    if name in _SEALED:
        return f"(sealed, {hashlib.sha256(str(value).encode()).hexdigest()[:12]})"
    if name in _DOCUMENTS:
        return f"(document of {len(str(value))} characters)"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        value = as_shown(value, whole=False)
        return "; ".join(f"{key}: {item}" for key, item in value.items())
    return str(value)


# ------------------------------------------------------------------------------------------------------ who sees what


def _of_subject(trial: TrialContext, code: str) -> Q:
    """Rows of every table that leads to this subject; of an unknown or invisible one there are none."""
    subject = visible_subjects(trial).select_related(None).filter(code=code.strip().upper())
    found = Q(pk__in=())
    for model, path in ways_to(Subject).items():
        found |= Q(table_name=model._meta.db_table, row_id__in=_keys(model.objects.filter(**{f"{path}__in": subject})))
    return found


def _hidden(trial: TrialContext) -> Q:
    hidden = Q(pk__in=())
    if Study.objects.exclude(pk=trial.study.pk).exists():
        for model, path in ways_to(Study).items():
            foreign = model.objects.exclude(**{path: trial.study.pk}).exclude(**{f"{path}__isnull": True})
            hidden |= Q(table_name=model._meta.db_table, row_id__in=_keys(foreign))
    sites = trial.access.sites(at=trial.at)
    if sites is not None and Site.objects.filter(study=trial.study).exclude(pk__in=sites).exists():
        elsewhere = Subject.objects.filter(study=trial.study).exclude(site_id__in=sites)
        for model, path in ways_to(Subject).items():
            rows = model.objects.filter(**{f"{path}__in": elsewhere})
            hidden |= Q(table_name=model._meta.db_table, row_id__in=_keys(rows))
    return hidden


def _keys(rows: QuerySet[Any]) -> QuerySet[Any]:
    keys: QuerySet[Any] = rows.annotate(row_key=Cast("pk", CharField())).values("row_key")
    return keys


@cache
def ways_to(target: type[Model]) -> dict[Any, str]:
    """For every model the shortest way over foreign keys to ``target``; models without one are left out.

    Found, not listed: a table that is added tomorrow is covered tomorrow.
    """
    models = [model for label in _APPS for model in apps.get_app_config(label).get_models()]
    found = {model: way for model in models if (way := _way(model, target)) is not None}
    return {model: way or "pk" for model, way in found.items()}


def _way(start: type[Model], target: type[Model]) -> str | None:
    queue: deque[tuple[type[Model], tuple[str, ...]]] = deque([(start, ())])
    seen: set[type[Model]] = {start}
    while queue:
        model, path = queue.popleft()
        if model is target:
            return "__".join(path)
        for field in model._meta.concrete_fields:
            related = field.related_model
            if isinstance(related, type) and related not in seen:
                seen.add(related)
                queue.append((related, (*path, field.name)))
    return None
