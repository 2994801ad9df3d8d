"""The facts that the dosing guard judges, read from the rows. A fixed number of queries, whatever the trial holds."""

from __future__ import annotations

import json
from datetime import datetime

from django.db.models import Q

from dosing.models import Infusion, PreDoseCheck
from dosing.rules.guard import can_infuse
from dosing.rules.guard_facts import (
    Attendant,
    Clearance,
    Consent,
    DayFacts,
    EarlierInfusion,
    Eligibility,
    FirstCheck,
    GuardFacts,
    Hold,
    HoldScope,
    Period,
    Product,
)
from dosing.rules.release import failed_tests
from dosing.rules.states import DoseModel, InfusionState, LotState, PregnancyResult, UnitState
from dosing.selectors.lots import lot_results
from enrollment.models import Allocation, ConsentVersion, EligibilitySnapshot, Screening, Subject
from enrollment.rules.reconsent import RequiredConsent
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.eligibility import current_screening, is_intact, stands_until_of
from trial.models import ClearanceReading, DosingHold, ElectronicSignature, User
from trial.permissions import access_of
from trial.protocol.schema import ProductPlan
from trial.rules.decision import Decision
from trial.rules.roles import DelegatedTask
from trial.rules.states import ClearanceBasis, Meaning

RELATED = (
    "subject__study",
    "subject__site",
    "subject__protocol_version",
    "unit__lot",
    "identity_signature__signer",
    "first_identity_signature__signer",
    "performed_by",
    "pre_dose_check",
    "pre_dose_check__signoff_signature",
    "breach__hold__cohort",
    "breach__recorded_by",
    "breach__signature",
)


def infusion_for_guard(pk: int) -> Infusion:
    """An infusion with everything the guard needs of it, in one query."""
    return Infusion.objects.select_related(*RELATED).get(pk=pk)


def guard_facts(infusion: Infusion, *, performer: User | None, at: datetime) -> GuardFacts:
    """Facts for a start at ``at`` by ``performer``. ``infusion`` comes from ``infusion_for_guard``."""
    subject = infusion.subject
    zone = subject.site.timezone
    allocation = _allocation(subject, at=at)
    cohort = allocation.slot.cohort if allocation else None
    screening = current_screening(subject)
    snapshot = _snapshot(screening, subject, at=at)
    consents = list(subject.consents.select_related("consent_version"))
    return GuardFacts(
        subject=subject.code,
        infusion_number=infusion.number,
        timezone=zone,
        same_protocol_version=infusion.protocol_version_id == subject.protocol_version_id,
        cohort_number=cohort.number if cohort else None,
        cohort_infusions=cohort.infusions if cohort else None,
        can_be_pregnant=_can_be_pregnant(screening.facts),
        died_at=subject.died_at,
        withdrawn_on=subject.withdrawn_on,
        lost_on=subject.lost_on,
        clearances=_clearances(allocation, reader=performer),
        holds=_holds(subject, cohort.pk if cohort else None),
        consents=tuple(
            Consent(
                in_force=Period(starts_at=c.given_at, ends_at=c.withdrawn_at),
                version=c.consent_version.label,
                approved_on=c.consent_version.approved_on,
            )
            for c in consents
            if c.status == ConsentStatus.SIGNED
        ),
        consent_withdrawn_at=min((c.withdrawn_at for c in consents if c.withdrawn_at), default=None),
        required_consents=tuple(
            RequiredConsent(version=v.label, approved_on=v.approved_on)
            for v in ConsentVersion.objects.filter(site=subject.site, reconsent_required=True)
        ),
        eligibility=None
        if snapshot is None
        else Eligibility(
            signed_at=snapshot.signature.signed_at,
            intact=is_intact(snapshot, screening) is True,
            verdict=snapshot.overall,
            stands_until=stands_until_of(snapshot),
        ),
        earlier=tuple(
            EarlierInfusion(number=i.number, state=InfusionState(i.state), started_at=i.started_at, ended_at=i.ended_at)
            for i in subject.infusions.filter(number__lt=infusion.number)
        ),
        cohort_first_infusions=_first_infusions(subject, cohort.pk if cohort else None),
        interval_reason=infusion.interval_reason,
        product=_product(infusion, plan=subject.protocol_version.definition.product),
        dose_model=DoseModel(infusion.dose_model),
        performer=_attendant(performer, subject, DelegatedTask.ADMINISTER_INFUSION, at),
        first_check=_first_check(infusion),
        verifier=_verifier(infusion, at),
        day=_day_facts(infusion),
    )


def decision(infusion: Infusion, *, performer: User | None, at: datetime) -> Decision:
    """The guard's answer for a start now: the same on the page, in the API and in the refusal."""
    definition = infusion.subject.protocol_version.definition
    facts = guard_facts(infusion, performer=performer, at=at)
    return can_infuse(facts, regimen=definition.regimen, product=definition.product, at=at)


def _allocation(subject: Subject, *, at: datetime) -> Allocation | None:
    """The slot held at that time: a start entered late is judged by the slot of its own time."""
    held = Allocation.objects.filter(Q(vacated_at__isnull=True) | Q(vacated_at__gt=at), allocated_at__lte=at)
    return held.filter(subject=subject).select_related("slot__cohort").first()


def _snapshot(screening: Screening, subject: Subject, *, at: datetime) -> EligibilitySnapshot | None:
    """The latest verdict signed by then, under the protocol version the subject is on."""
    signed = screening.snapshots.filter(protocol_version=subject.protocol_version_id, signature__signed_at__lte=at)
    return signed.select_related("signature").order_by("-id").first()


def _can_be_pregnant(facts: dict[str, object]) -> bool | None:
    if facts.get("sex") == "M":
        return False
    possible = facts.get("childbearing_potential")
    return possible if isinstance(possible, bool) else None


def _clearances(allocation: Allocation | None, *, reader: User | None) -> tuple[Clearance, ...]:
    """The latest first, with when ``reader`` confirmed having read the decision."""
    if allocation is None:
        return ()
    opened = list(allocation.slot.cohort.clearances.order_by("-opened_at", "-id"))
    readings = ClearanceReading.objects.filter(clearance__in=opened, user=reader)
    read_at = dict(readings.values_list("clearance_id", "read_at")) if reader is not None else {}
    return tuple(
        Clearance(
            opened_at=row.opened_at,
            revoked_at=row.revoked_at,
            revoked_reason=row.revoked_reason,
            valid_until=row.valid_until,
            is_decided=row.basis != ClearanceBasis.FIRST_COHORT,
            read_at=read_at.get(row.pk),
        )
        for row in opened
    )


def _holds(subject: Subject, cohort_id: int | None) -> tuple[Hold, ...]:
    """Holds of the study, of the subject's cohort and of the subject."""
    found = []
    for row in DosingHold.objects.filter(study=subject.study).order_by("placed_at", "id"):
        scope = _scope(row, subject, cohort_id)
        if scope is not None:
            in_force = Period(starts_at=row.placed_at, ends_at=row.lifted_at)
            found.append(Hold(scope=scope, reason=row.reason, in_force=in_force))
    return tuple(found)


def _scope(row: DosingHold, subject: Subject, cohort_id: int | None) -> HoldScope | None:
    if row.subject_code:
        return HoldScope.SUBJECT if row.subject_code == subject.code else None
    if row.cohort_id:
        return HoldScope.COHORT if row.cohort_id == cohort_id else None
    return HoldScope.STUDY


def _first_infusions(subject: Subject, cohort_id: int | None) -> tuple[datetime, ...]:
    """First infusions of all others who ever had a slot of this cohort: who left it was exposed all the same."""
    if cohort_id is None:
        return ()
    rows = Infusion.objects.filter(
        number=1, started_at__isnull=False, subject__allocation__slot__cohort_id=cohort_id
    ).exclude(subject=subject)
    return tuple(t for t in rows.values_list("started_at", flat=True) if t is not None)


def _product(infusion: Infusion, *, plan: ProductPlan) -> Product | None:
    unit = infusion.unit
    if unit is None:
        return None
    assigned = Subject.objects.filter(product_units=unit).values_list("code", flat=True).first()
    return Product(
        lot_state=LotState(unit.lot.state),
        lot_released_at=unit.lot.released_at,
        lot_expires_at=unit.lot.expires_at,
        unit_state=UnitState(unit.state),
        issued_at=unit.issued_at,
        use_by_at=unit.use_by_at,
        viability=unit.viability,
        assigned_to=assigned,
        assigned_infusion=unit.assigned_infusion_number,
        failed_tests=failed_tests(lot_results(unit.lot), plan=plan),
        quarantines=tuple(
            Period(starts_at=aside.began_at, ends_at=aside.decided_at) for aside in unit.quarantines.all()
        ),
        total_cells=unit.total_cells,
        volume_ml=unit.volume_ml,
    )


def _attendant(person: User | None, subject: Subject, task: DelegatedTask, at: datetime) -> Attendant | None:
    if person is None:
        return None
    return Attendant(username=person.username, delegated=_delegated(person, subject, task, at))


def _first_check(infusion: Infusion) -> FirstCheck | None:
    """Who signed first, if what they signed is this subject, this infusion and this unit."""
    signature = infusion.first_identity_signature
    if signature is None or not covers(signature, infusion):
        return None
    return FirstCheck(username=signature.signer.username, signed_at=signature.signed_at)


def _verifier(infusion: Infusion, at: datetime) -> Attendant | None:
    """The second person, if what they signed is this subject, this infusion and this unit."""
    signature = infusion.identity_signature
    if signature is None or not covers(signature, infusion):
        return None
    return Attendant(
        username=signature.signer.username,
        delegated=_delegated(signature.signer, infusion.subject, DelegatedTask.VERIFY_INFUSION, at),
        signed_at=signature.signed_at,
    )


def covers(signature: ElectronicSignature, infusion: Infusion) -> bool:
    """Whether an identity check was signed over this very unit for this very infusion."""
    if signature.meaning != Meaning.IDENTITY_CHECK:
        return False
    content = json.loads(signature.content)
    signed = (content.get("subject"), content.get("infusion"), content.get("unit"))
    return signed == (infusion.subject.code, infusion.number, infusion.unit_id)


def _delegated(person: User, subject: Subject, task: DelegatedTask, at: datetime) -> bool:
    access = access_of(person, subject.study)
    return person.is_active and access.delegated(task, at=at, site=subject.site).allowed


def _day_facts(infusion: Infusion) -> DayFacts:
    check: PreDoseCheck | None = getattr(infusion, "pre_dose_check", None)
    if check is None:
        return DayFacts()
    return DayFacts(
        weight_kg=check.weight_kg,
        weight_measured_at=check.weight_measured_at,
        pregnancy_result=PregnancyResult(check.pregnancy_result) if check.pregnancy_result else None,
        pregnancy_collected_at=check.pregnancy_collected_at,
        laboratory_collected_at=check.laboratory_collected_at,
        laboratory_acceptable=check.laboratory_acceptable,
        signed_off_at=_signed_off_at(check.signoff_signature, infusion),
    )


def _signed_off_at(signature: ElectronicSignature | None, infusion: Infusion) -> datetime | None:
    """When this very infusion was signed off; a sign-off of another one is none."""
    if signature is None or signature.meaning != Meaning.INTER_INFUSION:
        return None
    content = json.loads(signature.content)
    mine = (content.get("subject"), content.get("infusion")) == (infusion.subject.code, infusion.number)
    return signature.signed_at if mine else None
