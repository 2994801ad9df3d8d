"""The steps of one participant, driven through the services as the people of the demonstration would."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from config.demonstration.people import proof
from dosing.models import Infusion, ProductLot, ProductUnit
from dosing.rules.states import CustodyStep, PauseReason, PregnancyResult
from dosing.selectors.guard import infusion_for_guard
from dosing.selectors.series import series_of
from dosing.selectors.units import unit_for_handling
from dosing.services import (
    custody,
    custody_steps,
    identity_checks,
    infusion_course,
    infusions,
    lots,
    observation,
    pre_dose,
    units,
    vital_signs,
)
from dosing.services.custody_steps import StepEntry
from dosing.services.infusion_course import Volumes
from dosing.services.infusions import StartEntry
from dosing.services.pre_dose import DayEntry
from dosing.services.vital_signs import VitalEntry
from enrollment.models import ConsentVersion, Subject
from enrollment.rules.interviews import FACT_OF, INTERVIEW_KEYS
from enrollment.rules.states import ConsentStatus, InterviewKind, WithdrawalScope
from enrollment.selectors.eligibility import current_screening, evaluate_screening
from enrollment.selectors.interviews import known_from_interviews
from enrollment.services import allocations, consents, interviews, screenings, subjects
from enrollment.services.consents import ConsentEntry
from enrollment.services.interviews import InterviewEntry
from safety.services import replacements
from trial.models import CohortClearance, Study, User
from trial.rules.site_time import site_date
from trial.rules.states import ClearanceBasis
from trial.services import readings
from trial.services.signatures import Proof, content_hash

People = dict[str, User]


def register(study: Study, people: People, *, version: ConsentVersion, at: datetime, refused: bool = False) -> Subject:
    status = ConsentStatus.REFUSED if refused else ConsentStatus.SIGNED
    consent = _consent(people, version=version, status=status, at=at)
    return subjects.register(site=study.sites.get(), consent=consent, by=people["coordinator"], at=at)


def consent_again(subject: Subject, people: People, *, version: ConsentVersion, at: datetime) -> None:
    """Signed again on a newer form, after procedures of the trial have long begun."""
    entry = _consent(people, version=version, status=ConsentStatus.SIGNED, at=at)
    consents.record(subject=subject, entry=entry, by=people["coordinator"], at=at)


def give_slot_back(subject: Subject, people: People, *, at: datetime) -> None:
    """Withdrawn from treatment before the first infusion; the slot goes to somebody else."""
    subjects.withdraw(
        subject=subject,
        scope=WithdrawalScope.TREATMENT,
        reason="Moves abroad; the visits can no longer be kept.",
        by=people["investigator"],
        at=at,
    )
    replacements.vacate_slot(
        subject=subject, reason="Withdrew before the first infusion.", by=people["coordinator"], at=at
    )


def _consent(people: People, *, version: ConsentVersion, status: ConsentStatus, at: datetime) -> ConsentEntry:
    return ConsentEntry(
        version=version,
        status=status,
        given_at=at,
        explained_by=people["investigator"],
        copy_given=status is ConsentStatus.SIGNED,
        before_procedures=True,
    )


def enter_facts(subject: Subject, people: People, *, facts: dict[str, object], at: datetime) -> None:
    """Facts by the coordinator; what they say about family support, by interviews that their interviewers sign."""
    hold_interviews(subject, people, facts=facts, at=at)
    screening = current_screening(subject)
    screenings.save_facts(
        screening=screening,
        facts={key: value for key, value in facts.items() if key not in INTERVIEW_KEYS},
        seen_sha256=screening.facts_sha256,
        reason="Correction at source",
        by=people["coordinator"],
        at=at,
    )


def hold_interviews(subject: Subject, people: People, *, facts: dict[str, object], at: datetime) -> None:
    """Those that the facts speak of and that nobody has held yet."""
    in_force = known_from_interviews(subject)
    for kind, interviewer in (
        (InterviewKind.INVESTIGATOR, "investigator"),
        (InterviewKind.SOCIAL_WORKER, "socialworker"),
    ):
        if FACT_OF[kind] not in facts or FACT_OF[kind] in in_force:
            continue
        entry = InterviewEntry(
            kind=kind,
            held_on=site_date(at, timezone=subject.site.timezone),
            supported=bool(facts[FACT_OF[kind]]),
        )
        seen = content_hash(interviews.interview_content(subject, entry))
        interviews.hold(subject=subject, entry=entry, proof=proof(people[interviewer], seen), at=at)


def sign_eligibility(subject: Subject, people: People, *, at: datetime) -> None:
    screening = current_screening(subject)
    seen = evaluate_screening(screening, at=at).content_sha256
    screenings.sign_eligibility(screening=screening, proof=proof(people["investigator"], seen), at=at)


def allocate(subject: Subject, people: People, *, at: datetime, order_reason: str = "") -> None:
    allocations.allocate(
        subject=Subject.objects.get(pk=subject.pk), by=people["coordinator"], at=at, order_reason=order_reason
    )


def receive_lot(study: Study, people: People, *, number: str, at: datetime, units_of_lot: int = 8) -> ProductLot:
    """A lot with its units (7.5 x 10^7 cells in 7.5 mL each) and all release tests, waiting in quarantine."""
    lot = lots.receive(
        study=study,
        number=number,
        donor_code=f"D-{number[-2:]}",
        expires_at=at + timedelta(days=540),
        by=people["pharmacist"],
        at=at,
    )
    for index in range(1, units_of_lot + 1):
        units.add(
            lot=lot,
            number=f"{index:02d}",
            total_cells=Decimal(75_000_000),
            volume_ml=Decimal("7.5"),
            by=people["pharmacist"],
            at=at,
        )
    return lot


def test_lot(study: Study, people: People, lot: ProductLot, *, at: datetime) -> None:
    """Every release test with a passing result: numeric ones on the safe side of their limits."""
    version = study.protocol_versions.get(state="ACTIVE")
    for criterion in version.definition.product.release_criteria:
        if criterion.late:
            continue
        value = criterion.minimum if criterion.minimum is not None else criterion.maximum
        lots.record_test(
            lot=lot,
            code=criterion.code,
            value=value,
            result=criterion.accepted or "",
            tested_on=site_date(at, timezone=study.sites.get().timezone),
            by=people["pharmacist"],
            at=at,
        )


def release_lot(people: People, lot: ProductLot, *, at: datetime) -> ProductLot:
    """While the culture is pending that is signed first, and on its own."""
    quality = people["qualityassurance"]
    if not lots.accept_pending_decision(lot, at=at).reasons:
        lot = lots.accept_pending(lot=lot, proof=proof(quality, content_hash(lots.conditional_content(lot))), at=at)
    return lots.release(lot=lot, proof=proof(quality, content_hash(lots.release_content(lot))), at=at)


def hand_out(
    unit: ProductUnit, subject: Subject, people: People, *, number: int, at: datetime, viability: str = "0.88"
) -> ProductUnit:
    """Everything between stock and ward: two people assign, check and label; one of them thaws and issues."""
    pharmacist = people["pharmacist"]
    assign(unit, subject, people, number=number, at=at)
    thaw(unit, people, at=at, viability=viability)
    for step, act in ((CustodyStep.QC_RELEASED, units.check_quality), (CustodyStep.LABELLED, units.label)):
        act(unit=unit, second=witness(unit, step, people), by=pharmacist, at=at)
    read_decision(subject, people, at=at)
    return units.issue(unit=unit, by=pharmacist, at=at)


def assign(unit: ProductUnit, subject: Subject, people: People, *, number: int, at: datetime) -> ProductUnit:
    """Two people: the pharmacist and a second one."""
    second = witness(unit, CustodyStep.ASSIGNED, people, subject=subject.code, infusion=number)
    return units.assign(
        unit=unit, subject=subject, infusion_number=number, second=second, by=people["pharmacist"], at=at
    )


def thaw(unit: ProductUnit, people: People, *, at: datetime, viability: str = "0.88") -> ProductUnit:
    for step in (CustodyStep.RETRIEVED, CustodyStep.THAW_STARTED):
        custody_steps.record_step(unit=unit, entry=StepEntry(step=step), by=people["pharmacist"], at=at)
    return units.thaw(unit=unit, viability=Decimal(viability), by=people["pharmacist"], at=at)


def witness(
    unit: ProductUnit, step: CustodyStep, people: People, *, subject: str | None = None, infusion: int | None = None
) -> Proof:
    """The second pharmacist's signature over a step of this unit as it now stands."""
    content = custody.step_content(unit_for_handling(unit.pk), step, subject=subject, infusion=infusion)
    return proof(people["pharmacist2"], content_hash(content))


def read_decision(subject: Subject, people: People, *, at: datetime) -> None:
    """Pharmacist and nurse confirm having read the decision that opened the cohort, where one did."""
    opened = CohortClearance.objects.filter(
        cohort__slots__allocations__subject=subject,
        cohort__slots__allocations__vacated_at__isnull=True,
        basis=ClearanceBasis.GATE_DECISION,
        revoked_at__isnull=True,
    )
    for clearance in opened:
        for name in ("pharmacist", "nurse"):
            readings.confirm(clearance=clearance, by=people[name], at=at)


def prepare(
    subject: Subject, people: People, *, number: int, lot: ProductLot, at: datetime, weight_kg: str = "61.0"
) -> Infusion:
    """Everything before the start: plan, product, facts of the day, sign-off, second person."""
    subject = Subject.objects.get(pk=subject.pk)
    infusion = subject.infusions.filter(number=number).first() or infusions.plan(
        subject=subject,
        number=number,
        planned_on=site_date(at, timezone=subject.site.timezone),
        by=people["nurse"],
        at=at,
    )
    unit = ProductUnit.objects.filter(lot=lot, state="IN_STOCK").order_by("number")[0]
    hand_out(unit, subject, people, number=number, at=at)
    record_day(infusion, people, at=at, weight_kg=weight_kg)
    if number > 1:
        seen = content_hash(pre_dose.signoff_content(infusion))
        pre_dose.sign_off(infusion=infusion, proof=proof(people["investigator"], seen), at=at)
    verify(infusion, unit, people, at=at)
    return infusion


def record_day(infusion: Infusion, people: People, *, at: datetime, weight_kg: str = "61.0") -> None:
    facts = current_screening(infusion.subject).facts
    possible = facts.get("sex") == "F" and facts.get("childbearing_potential") is not False
    entry = DayEntry(
        weight_kg=Decimal(weight_kg),
        weight_measured_at=at - timedelta(hours=1),
        pregnancy_result=PregnancyResult.NEGATIVE if possible else PregnancyResult.NOT_APPLICABLE,
        pregnancy_collected_at=at - timedelta(hours=3) if possible else None,
        laboratory_collected_at=at - timedelta(hours=20),
        laboratory_acceptable=True,
    )
    pre_dose.record(infusion=infusion, entry=entry, reason="", by=people["nurse"], at=at)


def verify(infusion: Infusion, unit: ProductUnit, people: People, *, at: datetime) -> None:
    """Both people, over the same: who infuses first, then another one."""
    unit = ProductUnit.objects.select_related("lot").get(pk=unit.pk)
    seen = content_hash(identity_checks.identity_content(infusion, unit))
    identity_checks.identify(infusion=infusion, unit=unit, proof=proof(people["nurse"], seen), at=at)
    identity_checks.verify_identity(infusion=infusion, unit=unit, proof=proof(people["nurse2"], seen), at=at)


def start(infusion: Infusion, people: People, *, at: datetime, started_at: datetime | None = None) -> Infusion:
    entry = StartEntry(started_at=started_at)
    return infusions.start(infusion=infusion, entry=entry, by=people["nurse"], at=at)


def complete(infusion: Infusion, people: People, *, at: datetime) -> Infusion:
    volumes = Volumes(infused_ml=infusion.planned_volume_ml or Decimal(0))
    return infusion_course.complete(infusion=infusion, volumes=volumes, by=people["nurse"], at=at)


def interrupt(infusion: Infusion, people: People, *, at: datetime) -> None:
    """Paused six minutes ago, because the access was lost, and resumed now."""
    nurse, paused_at = people["nurse"], at - timedelta(minutes=6)
    infusion_course.pause(
        infusion=infusion,
        reason=PauseReason.ACCESS,
        note="The cannula was placed anew.",
        by=nurse,
        at=at,
        happened_at=paused_at,
    )
    infusion_course.resume(infusion=infusion, by=nurse, at=at)


def watch_before(infusion: Infusion, people: People, *, at: datetime) -> None:
    """Vital signs a quarter of an hour before the start that follows."""
    entry = VitalEntry(point="S-15", taken_at=at - timedelta(minutes=15), readings=calm("S-15"))
    vital_signs.record(infusion=infusion, entry=entry, by=people["nurse"], at=at)


def watch(infusion: Infusion, people: People, *, at: datetime) -> None:
    """Vital signs of every time point that is due by now and not entered yet, each taken when it was due."""
    infusion = infusion_for_guard(infusion.pk)
    for line in series_of(infusion, at=at).lines:
        if line.is_open and line.point.due_at is not None and line.point.due_at <= at:
            taken_at = at if line.point.is_on_time(at) else line.point.due_at
            entry = VitalEntry(point=line.point.code, taken_at=taken_at, readings=calm(line.point.code))
            vital_signs.record(infusion=infusion, entry=entry, by=people["nurse"], at=at)


def end_observation(infusion: Infusion, people: People, *, at: datetime) -> Infusion:
    return observation.end(infusion=infusion, by=people["nurse"], at=at)


def discharge(infusion: Infusion, people: People, *, at: datetime) -> Infusion:
    return observation.discharge(infusion=infusion, by=people["nurse"], at=at)


def calm(point: str) -> dict[str, Decimal | None]:
    """Values without an alert, a little different from point to point."""
    step = Decimal(sum(map(ord, point)) % 5)
    return {
        "heart_rate": 74 + step,
        "respiratory_rate": 16 + step,
        "systolic_pressure": 124 - step,
        "diastolic_pressure": 78 - step,
        "temperature": Decimal("36.6") + step / 10,
        "oxygen_saturation": 96 - step / 2,
    }
