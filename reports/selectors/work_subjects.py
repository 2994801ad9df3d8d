"""Work on subjects: consent, screening, eligibility, allocation, visits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from enrollment.models import EligibilitySnapshot, InformedConsent, Screening, Subject, SupportInterview
from enrollment.rules.interviews import KIND_OF
from enrollment.rules.states import ConsentStatus, SubjectState
from enrollment.selectors.interviews import held_kind
from enrollment.selectors.reconsent import due_among
from enrollment.selectors.subjects import visible_subjects
from followup.rules.visit_status import VisitStatus
from followup.selectors.visits import VisitLine, visits_to_do
from reports import addresses
from reports.selectors.work_items import WorkGroup, WorkItem, group_of
from trial.edge.context import TrialContext
from trial.permissions import Permission
from trial.rules.site_time import site_date

MOST = 100
VISITS_AHEAD = timedelta(days=28)


def consents_to_record(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    for subject in _screening(trial, Q(consented=False))[:MOST]:
        yield WorkItem(
            kind="consent",
            title=_("Record the informed consent"),
            subject=subject.code,
            detail=_("registered, no consent in force"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.consent(subject.code),
            action=_("Record consent"),
        )


def consents_to_obtain_again(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """The day itself is in time; after it the task is overdue."""
    for line in due_among(visible_subjects(trial).select_related(None), at=trial.at, most=MOST):
        yield WorkItem(
            kind="reconsent",
            title=_("Obtain the consent again"),
            subject=line.subject.code,
            detail=_("version %(version)s has to be signed") % {"version": line.due.version},
            due_on=line.due.by,
            group=group_of(line.due.by, today=today),
            url=addresses.consent(line.subject.code),
            action=_("Record consent"),
        )


def screenings_to_complete(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    for subject in _screening(trial, Q(consented=True, signed=False))[:MOST]:
        yield WorkItem(
            kind="screening",
            title=_("Complete the screening"),
            subject=subject.code,
            detail=_("eligibility is not confirmed yet"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.eligibility(subject.code),
            action=_("Enter facts"),
        )


def eligibility_to_confirm(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Screenings in which something was entered and whose facts, as they stand, nobody has signed."""
    for subject in _screening(trial, Q(consented=True, signed=False) & ~Q(facts={}))[:MOST]:
        yield WorkItem(
            kind="eligibility",
            title=_("Review eligibility"),
            subject=subject.code,
            detail=_("the facts as they stand carry no signature"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.eligibility(subject.code),
            action=_("Review"),
        )


def interviews_to_hold(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """The own interview on family support, for every open screening in which it is missing."""
    held = SupportInterview.objects.filter(subject=OuterRef("pk"), withdrawn_at__isnull=True)
    for kind in sorted({KIND_OF[role] for role in trial.access.roles(at=trial.at) & KIND_OF.keys()}):
        for subject in _screening(trial, Q(consented=True) & Q(~Exists(held.filter(kind=kind))))[:MOST]:
            if not trial.may(Permission.INTERVIEW_SIGN, site=subject.site):
                continue
            if held_kind(trial, subject.site) is kind:
                yield WorkItem(
                    kind="interview",
                    title=_("Interview of %(code)s") % {"code": subject.code},
                    subject=subject.code,
                    detail=_("on family support; screening waits for it"),
                    due_on=None,
                    group=WorkGroup.TODAY,
                    url=addresses.interviews(subject.code),
                    action=_("Record interview"),
                )


def subjects_to_allocate(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    waiting = visible_subjects(trial).select_related(None).filter(state=SubjectState.ELIGIBLE).order_by("code")
    for subject in waiting[:MOST]:
        yield WorkItem(
            kind="allocation",
            title=_("Allocate to a slot"),
            subject=subject.code,
            detail=_("eligible and waiting"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.allocation(subject.code),
            action=_("Allocate"),
        )


def visits_to_record(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    sites = trial.access.sites(at=trial.at)
    for line in visits_to_do(trial.study, at=trial.at, ahead=VISITS_AHEAD, sites=sites, most=MOST):
        yield visit_item(line, today=today)


def visit_item(line: VisitLine, *, today: date) -> WorkItem:
    """An open window past its nominal day is for today; a closed one is overdue since it closed."""
    visit, zone = line.visit, line.visit.subject.site.timezone
    closes_on = None if visit.closes_at is None else site_date(visit.closes_at, timezone=zone)
    due_on = closes_on
    if line.status is not VisitStatus.OVERDUE:
        opens_on = None if visit.opens_at is None else site_date(visit.opens_at, timezone=zone)
        due_on = max((day for day in (visit.nominal_on or opens_on, opens_on, today) if day), default=today)
        due_on = min(due_on, closes_on) if closes_on else due_on
    return WorkItem(
        kind="visit",
        title=_("Visit %(code)s") % {"code": visit.code},
        subject=visit.subject.code,
        detail=_window_words(line, closes_on),
        due_on=due_on,
        group=WorkGroup.OVERDUE if line.status is VisitStatus.OVERDUE else group_of(due_on, today=today),
        url=addresses.visit(visit.pk),
        action=_("Record visit"),
    )


def _window_words(line: VisitLine, closes_on: date | None) -> str:
    if closes_on is None:
        return _("may be done from now on") if line.status is VisitStatus.DUE else _("window not known yet")
    words = _("window closed %(day)s") if line.status is VisitStatus.OVERDUE else _("window closes %(day)s")
    return words % {"day": _day(closes_on)}


def _screening(trial: TrialContext, wanted: Q) -> QuerySet[Subject]:
    """Subjects in screening. ``wanted`` may ask for ``consented``, ``signed`` (the facts as they are), ``facts``."""
    latest = Screening.objects.filter(subject=OuterRef("pk")).order_by("-attempt")
    consents = InformedConsent.objects.filter(
        subject=OuterRef("pk"), status=ConsentStatus.SIGNED, withdrawn_at__isnull=True
    )
    # An attempt that failed may carry a signature that still fits its facts: it says nothing of the next attempt.
    signed = EligibilitySnapshot.objects.filter(
        screening__subject=OuterRef("pk"), screening__failed_at__isnull=True, facts_sha256=F("screening__facts_sha256")
    )
    return (
        visible_subjects(trial)
        .select_related(None)
        .select_related("site")
        .filter(state=SubjectState.SCREENING)
        .annotate(consented=Exists(consents), signed=Exists(signed), facts=Subquery(latest.values("facts")[:1]))
        .filter(wanted)
        .order_by("code")
    )


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
