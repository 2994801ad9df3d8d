"""Every row that a gate looks at, in a fixed number of queries, whatever the cohort holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from dosing.models import Infusion
from enrollment.models import Allocation, EligibilitySnapshot, InformedConsent, Screening, Subject
from enrollment.rules.states import ConsentStatus
from followup.models import TelephoneContact, Visit
from safety.models import AdverseEvent, Endorsement, GateReview, GateVote, GradeEntry
from safety.rules.endorsed_data import EndorsedContact
from trial.models import Cohort, CohortClearance, Deviation, DosingHold, ProtocolVersion, Study
from trial.permissions import TABLE, Permission
from trial.protocol.schema import CohortPlan, ProtocolDefinition
from trial.rules.states import Meaning, VersionState

_SAID = ("contacted_at", "adverse_events_asked", "note")
_Row = TypeVar("_Row", Infusion, Visit, AdverseEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRows:
    """A subject of the cohort, replaced ones included, with everything recorded about them. Void contacts are left out.

    ``endorsed_sha256``: what the latest valid endorsement covers. ``replaced_by``: the number of who has the slot now.
    """

    allocation: Allocation
    subject: Subject
    first_consent_at: datetime | None
    screening_sha256: str | None
    signed_sha256: str | None
    endorsed_sha256: str | None
    replaced_by: int | None
    infusions: tuple[Infusion, ...]
    visits: tuple[Visit, ...]
    events: tuple[AdverseEvent, ...]
    grades: Mapping[int, tuple[GradeEntry, ...]]
    deviations: tuple[Deviation, ...] = ()
    contacts: tuple[EndorsedContact, ...] = ()

    @property
    def number(self) -> int:
        return self.allocation.subject_number

    @property
    def started(self) -> tuple[Infusion, ...]:
        return tuple(infusion for infusion in self.infusions if infusion.started_at is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRows:
    """``version`` is the protocol version in force: its gate policy decides. ``opened``: the cohort was ever opened."""

    cohort: Cohort
    study: Study
    version: ProtocolVersion
    versions: Mapping[int, ProtocolVersion]
    opened: bool
    subjects: tuple[SubjectRows, ...]
    reviews: tuple[GateReview, ...]
    votes: Mapping[int, tuple[GateVote, ...]]
    holds: tuple[DosingHold, ...]

    @property
    def definition(self) -> ProtocolDefinition:
        return self.version.definition

    @property
    def plan(self) -> CohortPlan:
        return self.definition.cohort(self.cohort.number)


def cohort_rows(cohort: Cohort) -> CohortRows:
    """Ten queries. Source: gate rule, what the gate looks at."""
    versions = {
        version.pk: version
        for version in ProtocolVersion.objects.filter(study_id=cohort.study_id)
        .exclude(state=VersionState.DRAFT)
        .select_related("study")
        .annotate(cohort_opened=Exists(CohortClearance.objects.filter(cohort=cohort)))
    }
    active = next(version for version in versions.values() if version.state == VersionState.ACTIVE)
    reviews = tuple(GateReview.objects.filter(cohort=cohort).order_by("number"))
    votes = _grouped_votes(GateVote.objects.filter(review__cohort=cohort).select_related("signer").order_by("id"))
    return CohortRows(
        cohort=cohort,
        study=active.study,
        version=active,
        versions=versions,
        opened=bool(active.cohort_opened),
        subjects=_subjects(cohort),
        reviews=reviews,
        votes=votes,
        holds=tuple(DosingHold.objects.filter(study_id=cohort.study_id).order_by("placed_at", "id")),
    )


def _subjects(cohort: Cohort) -> tuple[SubjectRows, ...]:
    allocations = list(_allocations(cohort))
    ids = [allocation.subject_id for allocation in allocations]
    infusions = _by_subject(Infusion.objects.filter(subject_id__in=ids).select_related("breach").order_by("number"))
    visits = _by_subject(Visit.objects.filter(subject_id__in=ids).order_by("sequence"))
    events = _by_subject(
        AdverseEvent.objects.filter(subject_id__in=ids).select_related("subject", "visit").order_by("number")
    )
    grades: dict[int, list[GradeEntry]] = {}
    for entry in GradeEntry.objects.filter(event__subject_id__in=ids).order_by("id"):
        grades.setdefault(entry.event_id, []).append(entry)
    codes = [allocation.subject.code for allocation in allocations]
    deviations: dict[str, list[Deviation]] = {}
    for deviation in Deviation.objects.filter(subject_code__in=codes).order_by("id"):
        deviations.setdefault(deviation.subject_code, []).append(deviation)
    successors = _successors(allocations)
    return tuple(
        SubjectRows(
            allocation=allocation,
            subject=allocation.subject,
            first_consent_at=allocation.first_consent_at,
            screening_sha256=allocation.screening_sha256,
            signed_sha256=allocation.signed_sha256,
            endorsed_sha256=allocation.endorsed_sha256,
            replaced_by=successors.get(allocation.pk),
            infusions=infusions.get(allocation.subject_id, ()),
            visits=visits.get(allocation.subject_id, ()),
            events=events.get(allocation.subject_id, ()),
            grades={event.pk: tuple(grades.get(event.pk, ())) for event in events.get(allocation.subject_id, ())},
            deviations=tuple(deviations.get(allocation.subject.code, ())),
            contacts=tuple(map(_contact, allocation.contacts)),
        )
        for allocation in allocations
    )


def _allocations(cohort: Cohort):  # type: ignore[no-untyped-def]  # the annotated type of a queryset has no name
    """Everybody who ever had a slot of the cohort, with what was consented, signed and endorsed. One query."""
    subject = OuterRef("subject_id")
    consents = InformedConsent.objects.filter(subject_id=subject, status=ConsentStatus.SIGNED).order_by("given_at")
    screenings = Screening.objects.filter(subject_id=subject).order_by("-attempt")
    snapshots = EligibilitySnapshot.objects.filter(screening__subject_id=subject).order_by("-screening__attempt", "-id")
    endorsements = Endorsement.objects.filter(
        subject_id=subject,
        signature__meaning=Meaning.ENDORSEMENT,
        signature__role__in=[role.value for role in TABLE[Permission.ENDORSE].roles],
        signature__content_sha256=F("content_sha256"),
    ).order_by("-id")
    calls = TelephoneContact.objects.filter(subject_id=subject, voided_at__isnull=True).order_by("contacted_at", "id")
    return (
        Allocation.objects.filter(slot__cohort=cohort)
        .select_related("subject__site", "slot")
        .annotate(
            first_consent_at=Subquery(consents.values("given_at")[:1]),
            screening_sha256=Subquery(screenings.values("facts_sha256")[:1]),
            signed_sha256=Subquery(snapshots.values("facts_sha256")[:1]),
            endorsed_sha256=Subquery(endorsements.values("content_sha256")[:1]),
            contacts=ArraySubquery(calls.values(said=JSONObject(**{name: name for name in _SAID}))),
        )
        .order_by("subject_number")
    )


def _contact(said: Mapping[str, str]) -> EndorsedContact:
    """A call as the array of calls holds it, whose times are text."""
    return EndorsedContact(
        contacted_at=datetime.fromisoformat(said["contacted_at"]),
        adverse_events_asked=said["adverse_events_asked"],
        note=said["note"],
    )


def _successors(allocations: list[Allocation]) -> dict[int, int]:
    """For each slot that was vacated, the number of the subject who was allocated to it next."""
    found: dict[int, int] = {}
    for earlier in allocations:
        later = [a for a in allocations if a.slot_id == earlier.slot_id and a.pk > earlier.pk]
        if earlier.vacated_at is not None and later:
            found[earlier.pk] = min(later, key=lambda allocation: allocation.pk).subject_number
    return found


def _by_subject(rows: Iterable[_Row]) -> dict[int, tuple[_Row, ...]]:
    grouped: dict[int, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row.subject_id, []).append(row)
    return {pk: tuple(items) for pk, items in grouped.items()}


def _grouped_votes(votes: Iterable[GateVote]) -> dict[int, tuple[GateVote, ...]]:
    grouped: dict[int, list[GateVote]] = {}
    for vote in votes:
        grouped.setdefault(vote.review_id, []).append(vote)
    return {pk: tuple(items) for pk, items in grouped.items()}
