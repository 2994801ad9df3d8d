"""An infusion that happened in spite of the guard goes on record, with everything that follows from it at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dosing.models import GuardBreach, Infusion, PreDoseCheck, ProductUnit
from dosing.rules.breach import BreachFacts, may_record_breach, violated_conditions, with_dose_known
from dosing.rules.guard import may_start
from dosing.rules.states import InfusionState
from dosing.selectors.guard import guard_facts, infusion_for_guard
from dosing.services.beginning import begin
from dosing.services.departures import raise_departure
from dosing.services.doses import planned_volume_ml
from dosing.services.states import advance
from enrollment.models import Allocation
from trial.errors import require
from trial.models import Cohort, DosingHold, ElectronicSignature, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.rules.roles import Role
from trial.rules.states import DeviationCategory, HoldKind, Meaning
from trial.services import holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign

_TOLD = (Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachEntry:
    """What is reported. ``performed_by`` None: nobody knows who infused.

    ``weight_kg`` and ``viability`` (a fraction) are what the dose is worked out with where nothing is on file.
    """

    started_at: datetime
    unit: ProductUnit
    performed_by: User | None
    reported_by: str
    reason: str
    weight_kg: Decimal | None = None
    viability: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What would be recorded: the conditions ``violated``, the ``cohort`` to be held (None: the whole study).

    ``decision``: what stands against recording it. ``content``: what is signed.
    """

    violated: tuple[Reason, ...]
    cohort: Cohort | None
    decision: Decision
    content: dict[str, Any]


def breach_of(infusion: Infusion, entry: BreachEntry, *, at: datetime) -> Breach:
    """What recording this report would say and do. Changes nothing."""
    infusion = _as_reported(infusion_for_guard(infusion.pk), entry)
    violated = _violated(infusion, entry, at=at)
    check: PreDoseCheck | None = getattr(infusion, "pre_dose_check", None)
    weight_kg = check.weight_kg if check and check.weight_kg is not None else entry.weight_kg
    viability = entry.unit.viability if entry.unit.viability is not None else entry.viability
    facts = BreachFacts(
        state=InfusionState(infusion.state),
        started_at=entry.started_at,
        reported_by=entry.reported_by,
        reason=entry.reason,
        is_unit_used=entry.unit.infusions.filter(started_at__isnull=False).exclude(pk=infusion.pk).exists(),
        has_dose=weight_kg is not None and viability is not None,
        violated=violated,
    )
    return Breach(
        violated=violated,
        cohort=_cohort(infusion),
        decision=may_record_breach(facts, at=at),
        content={
            "type": "guard_breach",
            "subject": infusion.subject.code,
            "infusion": infusion.number,
            "unit": entry.unit.pk,
            "unit_label": str(entry.unit),
            "started_at": entry.started_at.astimezone(UTC),
            "performed_by": entry.performed_by.username if entry.performed_by else None,
            "reported_by": entry.reported_by,
            "reason": entry.reason,
            "weight_kg": weight_kg,
            "viability": viability,
            "violated": [reason.code for reason in violated],
        },
    )


def record(*, infusion: Infusion, entry: BreachEntry, proof: Proof, at: datetime) -> Infusion:
    """Record an infusion that was given in spite of the guard.

    1. who may; 2. the study lock; 3. the conditions violated, from the facts under the lock; 4. the signature over what
    happened and that list; 5. deviation, hold of the cohort (of the study without a slot), breach; 6. the start: the
    database accepts it with just these; 7. what follows from any start; 8. the investigator and the medical monitor
    are told. All or nothing. Source: decision 13. Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``.
    """
    subject, by = infusion.subject, proof.user
    with regulated(by=by, act="breaches.record", study=subject.study, reason=entry.reason):
        role = require_permission(by, Permission.BREACH_RECORD, study=subject.study, at=at, site=subject.site)
        infusion = infusion_for_guard(infusion.pk)
        entry = replace(entry, unit=ProductUnit.objects.select_related("lot").get(pk=entry.unit.pk))
        breach = breach_of(infusion, entry, at=at)
        require(breach.decision)
        signature = sign(
            proof=proof,
            study=subject.study,
            role=role,
            meaning=Meaning.GUARD_BREACH,
            content=breach.content,
            seen_sha256=content_hash(breach.content),
            at=at,
        )
        hold = _write(infusion, entry, breach, signature, at=at)
        _complete_facts(infusion, entry, by=by, at=at)
        infusion = _as_reported(infusion_for_guard(infusion.pk), entry)
        _start(infusion, entry)
        begin(infusion, by=by, at=at)
        _tell(infusion, breach, hold, at=at)
        return infusion


def _as_reported(infusion: Infusion, entry: BreachEntry) -> Infusion:
    infusion.unit, infusion.performed_by = entry.unit, entry.performed_by
    return infusion


def _violated(infusion: Infusion, entry: BreachEntry, *, at: datetime) -> tuple[Reason, ...]:
    """As the guard judges a late entry; by the facts on file, and by those that the report adds."""
    definition = infusion.subject.protocol_version.definition
    then = guard_facts(infusion, performer=entry.performed_by, at=entry.started_at)
    now = guard_facts(infusion, performer=entry.performed_by, at=at)

    def judged(complete: bool) -> Decision:
        known = [
            with_dose_known(facts, weight_kg=entry.weight_kg, viability=entry.viability, started_at=entry.started_at)
            if complete
            else facts
            for facts in (then, now)
        ]
        return may_start(
            known[0],
            facts_now=known[1],
            regimen=definition.regimen,
            product=definition.product,
            started_at=entry.started_at,
            at=at,
            late_entry_reason=entry.reason,
        )

    return violated_conditions(judged(False), judged(True))


def _cohort(infusion: Infusion) -> Cohort | None:
    """Of the slot that the subject holds now: that is where nobody else is to be dosed."""
    held = Allocation.objects.filter(subject=infusion.subject, vacated_at__isnull=True).select_related("slot__cohort")
    return next((allocation.slot.cohort for allocation in held), None)


def _write(
    infusion: Infusion, entry: BreachEntry, breach: Breach, signature: ElectronicSignature, *, at: datetime
) -> DosingHold:
    by, codes = signature.signer, [reason.code for reason in breach.violated]
    subject = infusion.subject
    deviation = raise_departure(
        infusion,
        category=DeviationCategory.GUARD,
        code="DOS-BREACH",
        about="breach",
        description=f"given in spite of {', '.join(codes)}. Reported by {entry.reported_by}: {entry.reason}",
        occurred_at=entry.started_at,
        by=by,
        at=at,
    )
    hold = holds.place(
        study=subject.study,
        kind=HoldKind.MANUAL,
        reason=f"Infusion {infusion.number} of {subject.code} was given although conditions were not met.",
        cohort=breach.cohort,
        cause=f"breach:{infusion.pk}",
        by=by,
        at=at,
    )
    GuardBreach.objects.create(
        infusion=infusion,
        reported_by=entry.reported_by,
        reason=entry.reason,
        violated=codes,
        deviation=deviation,
        hold=hold,
        signature=signature,
        recorded_at=at,
        recorded_by=by,
    )
    return hold


def _complete_facts(infusion: Infusion, entry: BreachEntry, *, by: User, at: datetime) -> None:
    """What the dose is worked out with; a value on file is never changed by a report."""
    check = PreDoseCheck.objects.filter(infusion=infusion).first()
    if entry.weight_kg is not None and (check is None or check.weight_kg is None):
        check = check or PreDoseCheck(infusion=infusion, recorded_at=at, recorded_by=by)
        check.weight_kg, check.weight_measured_at = entry.weight_kg, entry.started_at
        check.save()
    if entry.viability is not None and entry.unit.viability is None:
        entry.unit.viability = entry.viability
        entry.unit.save(update_fields=["viability"])


def _start(infusion: Infusion, entry: BreachEntry) -> None:
    advance(infusion, InfusionState.RUNNING)
    infusion.started_at = entry.started_at
    infusion.late_entry_reason = entry.reason
    planned = planned_volume_ml(infusion)
    # More cannot be planned than the unit holds: that the dose needed more is among the conditions violated.
    infusion.planned_volume_ml = planned if planned is not None and planned <= entry.unit.volume_ml else None
    infusion.save()


def _tell(infusion: Infusion, breach: Breach, hold: DosingHold, *, at: datetime) -> None:
    study = infusion.subject.study
    notify(
        users=holders(study=study, roles=_TOLD, on=at),
        study=study,
        key=f"infusion:{infusion.pk}:breach",
        title=f"Infusion {infusion.number} of {infusion.subject.code} was given in spite of the guard",
        body=f"Conditions violated: {', '.join(r.code for r in breach.violated)}. Dosing is held: {hold.scope}.",
        path=f"/infusions/{infusion.pk}/",
        at=at,
    )
