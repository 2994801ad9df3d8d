"""Adverse events: recorded, graded again, amended, voided; each with its consequences in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import TypedDict

from django.db.models import Max

from enrollment.models import Subject
from enrollment.selectors.consents import withdrawn_of
from safety.models import AdverseEvent, GradeEntry
from safety.rules.after_withdrawal import against_event
from safety.rules.event_changes import CAUSAL, JUDGED, may_change
from safety.rules.event_entry import AdverseEventEntry, grade_day, may_enter, may_grade
from safety.rules.gate_facts import FATAL_GRADE
from safety.rules.states import ActionTaken, Outcome, Relationship, SeriousnessCriterion
from safety.selectors.ctcae import defined_grades
from safety.selectors.event_entries import entry_of, links_of, written_fields
from safety.services import deaths, stopping_rules, withdrawals
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision
from trial.rules.site_time import site_date
from trial.services.regulated import regulated


class AdverseEventChanges(TypedDict, total=False):
    """What an amendment may change: every field of the entry but grade and relations to other records."""

    reported_term: str
    ctcae_term: str
    onset: str
    ended: str
    aware_at: datetime
    serious: bool
    seriousness_criteria: tuple[SeriousnessCriterion, ...]
    relationship: Relationship
    special_interest: bool | None
    infusion_reaction: bool
    stopped_infusion: bool
    baseline_present: bool
    baseline_grade: int | None
    outcome: Outcome
    action_taken: ActionTaken
    narrative: str
    died_at: datetime | None


def record(*, subject: Subject, entry: AdverseEventEntry, by: User, at: datetime) -> AdverseEvent:
    """Record an adverse event. What it means for dosing happens in the same transaction, before anybody reads it.

    Causality and whether a condition was there before are assessed by an investigator; whoever else records leaves
    them open, which never takes an event out of the count.
    Source: ICH E6(R3) Annex 1; decisions 10, 11, 14. Raises ``RuleViolation``, ``NotPermitted``.
    """
    study = subject.study
    with regulated(by=by, act="adverse_events.record", study=study):
        require_permission(by, Permission.EVENT_RECORD, study=study, at=at, site=subject.site)
        if entry.relationship is not Relationship.NOT_ASSESSED or entry.baseline_present:
            # Either can take an event out of the gate's count: both are an investigator's judgement.
            require_permission(by, Permission.EVENT_ASSESS, study=study, at=at, site=subject.site)
        subject = _fresh_subject(subject)
        entry = entry.made_consistent()
        links = links_of(entry, subject=subject)
        require(_enterable(entry, subject=subject, at=at) + links.decision + _wanted(entry, subject=subject))
        event = AdverseEvent(
            subject=subject,
            number=_next_number(subject),
            visit=links.visit,
            infusion=links.infusion,
            recorded_at=at,
            recorded_by=by,
            **written_fields(entry, definition=subject.protocol_version.definition),
        )
        event.save(force_insert=True)
        if entry.grade is not None:
            _grade(event, entry.grade, on=grade_day(entry, timezone=subject.site.timezone, at=at), by=by, at=at)
        if entry.is_fatal:
            _fatal(event, entry, by=by, at=at)
        _consequences(event, by=by, at=at)
        return event


def regrade(*, event: AdverseEvent, grade: int, graded_on: date, reason: str, by: User, at: datetime) -> AdverseEvent:
    """Enter the grade that the event has from a day on; earlier grades stay. Grade 5 makes it fatal.

    Source: NCI CTCAE; gate rule (a grade corrected later weighs at once, G16).
    """
    with _changing(event, act="adverse_events.regrade", reason=reason, by=by, at=at) as fresh:
        require_permission(by, Permission.EVENT_ASSESS, study=fresh.subject.study, at=at, site=fresh.subject.site)
        require(
            may_grade(
                grade=grade,
                graded_on=graded_on,
                onset=fresh.onset,
                defined_grades=defined_grades(fresh.ctcae_term),
                timezone=fresh.subject.site.timezone,
                at=at,
            )
        )
        before = entry_of(fresh)
        _grade(fresh, grade, on=graded_on, by=by, at=at)
        if grade == FATAL_GRADE and not before.is_fatal:
            _become_fatal(fresh, replace(before, grade=grade, graded_on=graded_on), by=by, at=at)
    return fresh


def amend(*, event: AdverseEvent, changes: AdverseEventChanges, reason: str, by: User, at: datetime) -> AdverseEvent:
    """Change fields of an event, with a reason. What weighs at a gate is changed by an investigator."""
    with _changing(event, act="adverse_events.amend", reason=reason, by=by, at=at) as fresh:
        study, site = fresh.subject.study, fresh.subject.site
        before = entry_of(fresh)
        after = replace(before, **changes)
        changed = {name for name in changes if getattr(before, name) != getattr(after, name)}
        needed = Permission.EVENT_ASSESS if changed & (JUDGED | CAUSAL) else Permission.EVENT_RECORD
        require_permission(by, needed, study=study, at=at, site=site)
        after = after.made_consistent()
        require(_enterable(after, subject=fresh.subject, at=at))
        if after.is_fatal and not before.is_fatal:
            _become_fatal(fresh, after, by=by, at=at)
        else:
            _write(fresh, after)
    return fresh


def void(*, event: AdverseEvent, reason: str, by: User, at: datetime) -> AdverseEvent:
    """Void an event that was entered in error. It stays in every list and dossier, as voided (G20).

    A hold that it placed stays until it is lifted by signatures, and a death that was recorded with it stays recorded.
    """
    with _changing(event, act="adverse_events.void", reason=reason, by=by, at=at) as fresh:
        require_permission(by, Permission.EVENT_ASSESS, study=fresh.subject.study, at=at, site=fresh.subject.site)
        fresh.voided_at = at
        fresh.voided_by = by
        fresh.void_reason = reason.strip()
        fresh.save(update_fields=["voided_at", "voided_by", "void_reason"])
    return fresh


@contextmanager
def _changing(event: AdverseEvent, *, act: str, reason: str, by: User, at: datetime) -> Iterator[AdverseEvent]:
    """The frame of every change: the study lock, the event read again under it, a reason; afterwards what follows."""
    study = event.subject.study
    with regulated(by=by, act=act, study=study, reason=reason):
        fresh = AdverseEvent.objects.select_related(
            "subject__study", "subject__site", "subject__protocol_version", "visit", "infusion"
        ).get(pk=event.pk)
        require(may_change(voided=fresh.voided_at is not None, reason=reason))
        yield fresh
        _consequences(fresh, by=by, at=at)


def _enterable(entry: AdverseEventEntry, *, subject: Subject, at: datetime) -> Decision:
    return may_enter(entry, defined_grades=defined_grades(entry.ctcae_term), timezone=subject.site.timezone, at=at)


def _wanted(entry: AdverseEventEntry, *, subject: Subject) -> Decision:
    fields = written_fields(entry, definition=subject.protocol_version.definition)
    against = against_event(
        withdrawn_of(subject),
        entry,
        special_interest=bool(fields["special_interest"]),
        timezone=subject.site.timezone,
    )
    return Decision.of([against])


def _consequences(event: AdverseEvent, *, by: User, at: datetime) -> None:
    """Stopping rules hold the study, the gate rule holds the cohort and closes the next one."""
    stopping_rules.evaluate(event.subject.study, by=by, at=at)
    cohort = withdrawals.cohort_of(event.subject)
    if cohort is not None:
        withdrawals.recheck(cohort, by=by, at=at)


def _become_fatal(event: AdverseEvent, entry: AdverseEventEntry, *, by: User, at: datetime) -> None:
    consistent = entry.made_consistent()
    _write(event, consistent)
    _fatal(event, consistent, by=by, at=at)


def _fatal(event: AdverseEvent, entry: AdverseEventEntry, *, by: User, at: datetime) -> None:
    """Grade 5 is written if it was not given, and the death itself is recorded."""
    zone = event.subject.site.timezone
    fatal_on = site_date(entry.died_at or at, timezone=zone)
    if entry.grade == FATAL_GRADE:
        fatal_on = grade_day(entry, timezone=zone, at=at)
    if not event.grades.filter(grade=FATAL_GRADE).exists():
        _grade(event, FATAL_GRADE, on=fatal_on, by=by, at=at)
    deaths.record(event=event, entry=entry, fatal_on=fatal_on, by=by, at=at)


def _write(event: AdverseEvent, entry: AdverseEventEntry) -> None:
    written = written_fields(entry, definition=event.subject.protocol_version.definition)
    changed = [name for name, value in written.items() if getattr(event, name) != value]
    for name in changed:
        setattr(event, name, written[name])
    if changed:
        event.save(update_fields=changed)


def _grade(event: AdverseEvent, grade: int, *, on: date, by: User, at: datetime) -> None:
    GradeEntry.objects.create(event=event, grade=grade, graded_on=on, recorded_at=at, recorded_by=by)


def _next_number(subject: Subject) -> int:
    """Under the study lock, so that no two events share a number."""
    highest = AdverseEvent.objects.filter(subject=subject).aggregate(highest=Max("number"))["highest"]
    return int(highest or 0) + 1


def _fresh_subject(subject: Subject) -> Subject:
    return Subject.objects.select_related("study", "site", "protocol_version").get(pk=subject.pk)
