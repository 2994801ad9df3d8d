"""Who has to sign the consent again: the rule on the rows of one subject, and of many in two queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, DateField, Exists, Expression, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from enrollment.models import ConsentVersion, InformedConsent, Subject
from enrollment.rules.reconsent import TAKES_PART, ReconsentDue, RequiredConsent, reconsent_due
from enrollment.rules.states import ConsentStatus, SubjectState
from trial.rules.site_time import site_date

IN_FORCE = Q(status=ConsentStatus.SIGNED, withdrawn_at__isnull=True)


@dataclass(frozen=True, slots=True)
class ReconsentLine:
    """``signed_on``: approval day of the newest version that the subject signed and that is in force."""

    subject: Subject
    signed_on: date
    due: ReconsentDue


def reconsent_of(subject: Subject, consents: Iterable[InformedConsent], *, at: datetime) -> ReconsentDue | None:
    """What one subject has to sign again now; ``consents`` come with their versions. One query, none without a need."""
    signed = [
        c.consent_version.approved_on for c in consents if c.status == ConsentStatus.SIGNED and not c.withdrawn_at
    ]
    if SubjectState(subject.state) not in TAKES_PART or not signed:
        return None
    required = _required([subject.site_id])[subject.site_id]
    return reconsent_due(signed=signed, required=required, today=site_date(at, timezone=subject.site.timezone))


def due_subjects(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    """Those of them who have to sign again now, by the clock of the database; with ``signed_on``."""
    newer = ConsentVersion.objects.filter(
        site=OuterRef("site"),
        reconsent_required=True,
        approved_on__gt=OuterRef("signed_on"),
        approved_on__lte=_site_day("site__timezone"),
    )
    taking_part = subjects.filter(state__in=[state.value for state in TAKES_PART])
    return taking_part.annotate(signed_on=_newest("consent_version__approved_on")).filter(Exists(newer))


def subjects_by_version(subjects: QuerySet[Subject]) -> Counter[int]:
    """How many of them take part under each consent form, by its id. One query."""
    taking_part = subjects.filter(state__in=[state.value for state in TAKES_PART])
    grouped = taking_part.annotate(current=_newest("consent_version")).order_by().values_list("current")
    return Counter({version: n for version, n in grouped.annotate(n=Count("pk")) if version is not None})


def due_among(subjects: QuerySet[Subject], *, at: datetime, most: int | None = None) -> Sequence[ReconsentLine]:
    """Who of these has to sign again, what and until when; in the order of their codes. Two queries."""
    found = list(due_subjects(subjects).select_related("site").order_by("code")[:most])
    required = _required({subject.site_id for subject in found})
    lines = []
    for subject in found:
        signed_on: date = vars(subject)["signed_on"]
        today = site_date(at, timezone=subject.site.timezone)
        due = reconsent_due(signed=[signed_on], required=required[subject.site_id], today=today)
        if due is not None:
            lines.append(ReconsentLine(subject, signed_on, due))
    return lines


def _newest(field: str) -> Subquery:
    """Of a subject: that field of the consent in force, the one on the version approved last."""
    newest = InformedConsent.objects.filter(IN_FORCE, subject=OuterRef("pk")).order_by(
        "-consent_version__approved_on", "-given_at", "-id"
    )
    return Subquery(newest.values(field)[:1])


def _required(sites: Iterable[int]) -> dict[int, list[RequiredConsent]]:
    found: dict[int, list[RequiredConsent]] = defaultdict(list)
    for version in ConsentVersion.objects.filter(site__in=list(sites), reconsent_required=True):
        required = RequiredConsent(version=str(version), approved_on=version.approved_on, by=version.reconsent_by)
        found[version.site_id].append(required)
    return found


def _site_day(zone: str) -> Expression:
    """Today at the site whose time zone stands in that column: a list may hold subjects of several."""
    now = Func(function="public.trial_now")
    return Cast(Func(F(zone), now, function="timezone"), DateField())
