"""Every infusion of a study that is still to be given, with what the guard knows of it before its day.

The facts are those of ``dosing.selectors.guard``, read for all subjects together: a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dosing.models import Infusion, ProductUnit
from dosing.rules.guard_facts import (
    Clearance,
    Consent,
    EarlierInfusion,
    Eligibility,
    GuardFacts,
    Hold,
    HoldScope,
    Period,
)
from dosing.rules.outlook import GivingDays, giving_days, stands_against
from dosing.rules.planning import next_number
from dosing.rules.states import NOT_STARTED, InfusionState
from dosing.selectors.outlook_rows import OutlookRows, outlook_rows
from enrollment.models import Allocation, InformedConsent, Subject
from enrollment.rules.reconsent import RequiredConsent
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.eligibility import is_intact, stands_until_of
from trial.models import CohortClearance, DosingHold, Study
from trial.protocol.schema import Regimen
from trial.rules.decision import Decision
from trial.rules.site_time import start_of_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """``infusion`` None: not planned yet. ``unit``: the one meant for it, None: none is assigned."""

    allocation: Allocation
    number: int
    infusion: Infusion | None
    unit: ProductUnit | None
    facts: GuardFacts
    days: GivingDays

    @property
    def subject(self) -> Subject:
        return self.allocation.subject

    @property
    def regimen(self) -> Regimen:
        return self.subject.protocol_version.definition.regimen

    @property
    def planned_on(self) -> date | None:
        return self.infusion.planned_on if self.infusion else None

    def against(self, at: datetime) -> Decision:
        """What stands against a start at that time, as far as it is known."""
        return stands_against(self.facts, regimen=self.regimen, at=at)

    def against_on_the_day(self, *, at: datetime) -> Decision:
        """What stands against a start on the planned day; of one that is not planned, on the first day it may be.

        A day that is over or not known is judged as now.
        """
        on = self.planned_on or self.days.opens_on
        return self.against(at if on is None else max(at, start_of_day(on, timezone=self.facts.timezone)))


def outlooks(study: Study, *, at: datetime) -> tuple[Outlook, ...]:
    """In the order of the slots and, within one, of the infusions. Nine queries, whatever the study holds.

    Of a subject, every infusion that is planned and has not begun; where none is, the next one of its regimen. Who has
    left the slot is told of only with what is planned all the same.
    """
    ever = list(
        Allocation.objects.filter(study=study)
        .select_related("subject__site", "subject__protocol_version", "slot__cohort")
        .order_by("slot__cohort__number", "slot__number", "pk")
    )
    rows = outlook_rows(study, ever, at=at)
    return tuple(found for allocation in ever for found in _of(allocation, rows))


def _of(allocation: Allocation, rows: OutlookRows) -> Iterator[Outlook]:
    own = rows.infusions.get(allocation.subject_id, ())
    waiting = [infusion for infusion in own if InfusionState(infusion.state) in NOT_STARTED]
    for infusion in waiting:
        yield _outlook(allocation, rows, number=infusion.number, infusion=infusion)
    number = next_number([infusion.number for infusion in own])
    subject = allocation.subject
    has_left = subject.withdrawn_on or subject.lost_on or subject.died_at
    goes_on = allocation.vacated_at is None and not has_left
    if not waiting and goes_on and number <= allocation.slot.cohort.infusions:
        yield _outlook(allocation, rows, number=number, infusion=None)


def _outlook(allocation: Allocation, rows: OutlookRows, *, number: int, infusion: Infusion | None) -> Outlook:
    facts = _facts(allocation, rows, number=number, infusion=infusion)
    return Outlook(
        allocation=allocation,
        number=number,
        infusion=infusion,
        unit=rows.units.get((allocation.subject_id, number)),
        facts=facts,
        days=giving_days(facts, regimen=allocation.subject.protocol_version.definition.regimen),
    )


def _facts(allocation: Allocation, rows: OutlookRows, *, number: int, infusion: Infusion | None) -> GuardFacts:
    """The facts of the guard without those of the bedside. An infusion that is not planned would be planned as of now.

    Whether the subject can be pregnant is left open: only the measurements of the day ask for it.
    """
    subject = allocation.subject
    cohort = allocation.slot.cohort if allocation.vacated_at is None else None
    consents = rows.consents.get(subject.pk, ())
    first = rows.first_infusions.get(cohort.pk, ()) if cohort else ()
    return GuardFacts(
        subject=subject.code,
        infusion_number=number,
        timezone=subject.site.timezone,
        same_protocol_version=infusion is None or infusion.protocol_version_id == subject.protocol_version_id,
        cohort_number=cohort.number if cohort else None,
        cohort_infusions=cohort.infusions if cohort else None,
        can_be_pregnant=None,
        died_at=subject.died_at,
        withdrawn_on=subject.withdrawn_on,
        lost_on=subject.lost_on,
        clearances=tuple(_clearance(row) for row in rows.clearances.get(cohort.pk, ())) if cohort else (),
        holds=tuple(_holds(rows.holds, allocation)),
        consents=tuple(_consent(row) for row in consents if row.status == ConsentStatus.SIGNED),
        consent_withdrawn_at=min((row.withdrawn_at for row in consents if row.withdrawn_at), default=None),
        required_consents=tuple(
            RequiredConsent(version=row.label, approved_on=row.approved_on)
            for row in rows.required.get(subject.site_id, ())
        ),
        eligibility=_eligibility(subject, rows),
        earlier=tuple(_earlier(row) for row in rows.infusions.get(subject.pk, ()) if row.number < number),
        cohort_first_infusions=tuple(started_at for pk, started_at in first if pk != subject.pk),
        interval_reason=infusion.interval_reason if infusion else "",
    )


def _clearance(row: CohortClearance) -> Clearance:
    return Clearance(
        opened_at=row.opened_at,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
        valid_until=row.valid_until,
    )


def _consent(row: InformedConsent) -> Consent:
    return Consent(
        in_force=Period(starts_at=row.given_at, ends_at=row.withdrawn_at),
        version=row.consent_version.label,
        approved_on=row.consent_version.approved_on,
    )


def _earlier(row: Infusion) -> EarlierInfusion:
    return EarlierInfusion(
        number=row.number, state=InfusionState(row.state), started_at=row.started_at, ended_at=row.ended_at
    )


def _holds(holds: Sequence[DosingHold], allocation: Allocation) -> Iterator[Hold]:
    """Holds of the study, of the subject's cohort and of the subject."""
    for row in holds:
        scope = HoldScope.STUDY
        if row.subject_code:
            scope = HoldScope.SUBJECT
        elif row.cohort_id:
            scope = HoldScope.COHORT
        mine = {
            HoldScope.STUDY: True,
            HoldScope.COHORT: allocation.vacated_at is None and row.cohort_id == allocation.slot.cohort_id,
            HoldScope.SUBJECT: row.subject_code == allocation.subject.code,
        }
        if mine[scope]:
            in_force = Period(starts_at=row.placed_at, ends_at=row.lifted_at)
            yield Hold(scope=scope, reason=row.reason, in_force=in_force)


def _eligibility(subject: Subject, rows: OutlookRows) -> Eligibility | None:
    """The latest verdict over the present screening, signed under the protocol version the subject is on."""
    screening = rows.screenings.get(subject.pk)
    signed = [
        snapshot
        for snapshot in rows.snapshots.get(subject.pk, ())
        if screening is not None
        and snapshot.screening_id == screening.pk
        and snapshot.protocol_version_id == subject.protocol_version_id
    ]
    if screening is None or not signed:
        return None
    latest = signed[-1]
    return Eligibility(
        signed_at=latest.signature.signed_at,
        intact=is_intact(latest, screening) is True,
        verdict=latest.overall,
        stands_until=stands_until_of(latest),
    )
