"""The infusion: planned, prepared, verified by two people, started under the guard, ended with what was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dosing.events import InfusionEnded, InfusionStarted
from dosing.models import Infusion, PreDoseCheck, ProductUnit
from dosing.rules.dose import DoseComputation, Suspension, compute_dose
from dosing.rules.guard import may_start
from dosing.rules.planning import PlanningFacts, may_plan
from dosing.rules.reasons_given import reason_given
from dosing.rules.states import NOT_STARTED, InfusionState, StopReason, UnitState
from dosing.selectors.guard import guard_facts, infusion_for_guard
from dosing.services.states import advance
from enrollment.models import Allocation, Subject
from enrollment.rules.states import SubjectState
from enrollment.services import states as subject_states
from trial.errors import RuleViolation, require
from trial.events import publish
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign


def plan(*, subject: Subject, number: int, planned_on: date, by: User, at: datetime) -> Infusion:
    """Plan an infusion of an allocated subject for a site-local day."""
    with regulated(by=by, act="infusions.plan", study=subject.study):
        require_permission(by, Permission.INFUSION_PREPARE, study=subject.study, at=at, site=subject.site)
        allocation = Allocation.objects.filter(subject=subject, vacated_at__isnull=True).select_related("slot__cohort")
        cohort = next((a.slot.cohort for a in allocation), None)
        facts = PlanningFacts(
            cohort_infusions=cohort.infusions if cohort else None,
            planned=tuple(subject.infusions.values_list("number", flat=True)),
            number=number,
            planned_on=planned_on,
        )
        require(may_plan(facts, today=site_date(at, timezone=subject.site.timezone)))
        return Infusion.objects.create(
            subject=subject, number=number, planned_on=planned_on, protocol_version=subject.protocol_version
        )


def identity_content(infusion: Infusion, unit: ProductUnit) -> dict[str, Any]:
    """What the second person signs: this subject, this infusion, this unit."""
    return {
        "type": "identity_check",
        "subject": infusion.subject.code,
        "infusion": infusion.number,
        "unit": unit.pk,
        "unit_label": str(unit),
        "lot": unit.lot.number,
    }


def verify_identity(*, infusion: Infusion, unit: ProductUnit, proof: Proof, at: datetime) -> Infusion:
    """The second person checks subject and unit at the bedside and signs. Raises when the unit is another subject's.

    Source: Protocol, two-person identity check; G38 (wrong bag discovered before start).
    """
    subject = infusion.subject
    with regulated(by=proof.user, act="infusions.verify_identity", study=subject.study):
        role = require_permission(proof.user, Permission.INFUSION_VERIFY, study=subject.study, at=at, site=subject.site)
        infusion = infusion_for_guard(infusion.pk)
        unit = ProductUnit.objects.select_related("lot").get(pk=unit.pk)
        require(may_verify(infusion, unit))
        content = identity_content(infusion, unit)
        infusion.identity_signature = sign(
            proof=proof,
            study=subject.study,
            role=role,
            meaning=Meaning.IDENTITY_CHECK,
            content=content,
            seen_sha256=content_hash(content),
            at=at,
        )
        infusion.unit = unit
        infusion.save(update_fields=["unit", "identity_signature"])
        return infusion


def may_verify(infusion: Infusion, unit: ProductUnit) -> Decision:
    source = "Protocol, two-person identity check (G38)"
    mine = unit.assigned_subject_id == infusion.subject_id and unit.assigned_infusion_number == infusion.number
    message = f"Unit {unit} is not assigned to {infusion.subject.code}, infusion {infusion.number}. Stop and check."
    waiting = InfusionState(infusion.state) in NOT_STARTED
    return Decision.of(
        [
            None if waiting else Reason("DOS-STARTED", "The infusion is not waiting to be started.", source),
            None if mine else Reason("DOS-PRODUCT-ASSIGNED", message, source),
            None
            if unit.state == UnitState.ISSUED
            else Reason("DOS-PRODUCT-NOT-ISSUED", "The unit was not issued by the pharmacy.", source),
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEntry:
    """``started_at`` None: now. An earlier time is a late entry and needs its reason."""

    started_at: datetime | None = None
    late_entry_reason: str = ""
    interval_reason: str = ""


def start(*, infusion: Infusion, entry: StartEntry, by: User, at: datetime) -> Infusion:
    """Start an infusion, if no reason stands against it. The irreversible act.

    1. who may; 2. the study lock; 3. the facts, read under it; 4. the guard, all reasons; 5. write: the database
    asks its
    own guard again; 6. the unit is used, the subject on treatment; 7. follow-up plans visits, safety opens the window.
    Of two starts at once exactly one wins. Source: Protocol, regimen; decisions 10, 13, 22.
    Raises ``RuleViolation`` with every reason, ``NotPermitted``.
    """
    study = infusion.subject.study
    with regulated(by=by, act="infusions.start", study=study, reason=entry.late_entry_reason):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        if infusion.started_at is not None:
            raise RuleViolation(_started_already(infusion))
        infusion.interval_reason = entry.interval_reason or infusion.interval_reason
        started_at = entry.started_at or at
        definition = infusion.subject.protocol_version.definition
        facts_now = guard_facts(infusion, performer=by, at=at)
        require(
            may_start(
                facts_now if started_at == at else guard_facts(infusion, performer=by, at=started_at),
                facts_now=facts_now,
                regimen=definition.regimen,
                product=definition.product,
                started_at=started_at,
                at=at,
                late_entry_reason=entry.late_entry_reason,
            )
        )
        advance(infusion, InfusionState.RUNNING)
        infusion.started_at = started_at
        infusion.performed_by = by
        infusion.late_entry_reason = entry.late_entry_reason
        infusion.planned_volume_ml = planned_dose(infusion).volume_ml_drawn
        infusion.save()
        ProductUnit.objects.filter(infusions=infusion).update(state=UnitState.INFUSED)
        subject = infusion.subject
        if subject.state == SubjectState.ALLOCATED:
            subject_states.advance(subject, SubjectState.ON_TREATMENT)
        publish(InfusionStarted(infusion=infusion, by=by, at=at))
        return infusion


def planned_dose(infusion: Infusion, *, unit: ProductUnit | None = None) -> DoseComputation:
    """The dose worked out from the weight of the day and the unit: step by step, exact. Source: Protocol, dose.

    ``unit``: the one issued for the infusion, as long as the second person has not yet tied it to it.
    Raises ``RuleViolation`` while the weight or the count after thawing is not known.
    """
    return _dose(infusion, unit=infusion.unit or unit, volume_infused_ml=None)


def given_dose(infusion: Infusion) -> DoseComputation:
    """What was given by an infusion that has ended, against what was planned. Raises ``RuleViolation``."""
    return _dose(infusion, unit=infusion.unit, volume_infused_ml=infusion.infused_volume_ml)


def pause(*, infusion: Infusion, by: User, at: datetime) -> Infusion:
    return _change(infusion, InfusionState.PAUSED, act="infusions.pause", by=by, at=at)


def resume(*, infusion: Infusion, by: User, at: datetime) -> Infusion:
    """Go on with a paused infusion: a running infusion is not stopped by a hold, nor is its second half (decision
    10)."""
    return _change(infusion, InfusionState.RUNNING, act="infusions.resume", by=by, at=at)


def complete(*, infusion: Infusion, infused_volume_ml: Decimal, by: User, at: datetime) -> Infusion:
    """End an infusion that was given as planned, with the volume that ran in (mL)."""
    return _end(infusion, InfusionState.COMPLETED, volume=infused_volume_ml, by=by, at=at)


def stop(
    *, infusion: Infusion, infused_volume_ml: Decimal, reason: StopReason, note: str, by: User, at: datetime
) -> Infusion:
    """Stop an infusion before its end, with its reason and the volume that had run in (mL)."""
    infusion.stop_reason = reason
    infusion.stop_note = note
    return _end(infusion, InfusionState.STOPPED_EARLY, volume=infused_volume_ml, by=by, at=at)


def _end(infusion: Infusion, state: InfusionState, *, volume: Decimal, by: User, at: datetime) -> Infusion:
    study = infusion.subject.study
    with regulated(by=by, act="infusions.end", study=study, reason=infusion.stop_note):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        fresh = infusion_for_guard(infusion.pk)
        fresh.stop_reason, fresh.stop_note = infusion.stop_reason, infusion.stop_note
        require(_may_end(fresh, volume))
        advance(fresh, state)
        fresh.ended_at = at
        fresh.infused_volume_ml = volume
        fresh.given_million_per_kg = _dose(fresh, unit=fresh.unit, volume_infused_ml=volume).given_million_per_kg
        fresh.save()
        _close_treatment(fresh)
        publish(InfusionEnded(infusion=fresh, by=by, at=at))
        return fresh


def _may_end(infusion: Infusion, volume: Decimal) -> Decision:
    unit = infusion.unit
    if unit is None or Decimal(0) <= volume <= unit.volume_ml:
        return Decision()
    message = f"The unit holds {unit.volume_ml} mL; {volume} mL cannot have run in."
    return Decision((Reason("DOS-VOLUME", message, "Protocol, dose"),))


def _close_treatment(infusion: Infusion) -> None:
    """After the last planned infusion the subject is in follow-up."""
    allocation = Allocation.objects.filter(subject=infusion.subject, vacated_at__isnull=True)
    planned = allocation.values_list("slot__cohort__infusions", flat=True).first()
    if infusion.subject.state == SubjectState.ON_TREATMENT and infusion.number == planned:
        subject_states.advance(infusion.subject, SubjectState.FOLLOW_UP)


def not_given(*, infusion: Infusion, reason: str, by: User, at: datetime) -> Infusion:
    """Record that a planned infusion will not be given. Raises ``RuleViolation`` without a reason."""
    require(reason_given(reason))
    infusion.not_given_reason = reason
    return _change(infusion, InfusionState.NOT_GIVEN, act="infusions.not_given", by=by, at=at, reason=reason)


def _change(infusion: Infusion, to: InfusionState, *, act: str, by: User, at: datetime, reason: str = "") -> Infusion:
    study = infusion.subject.study
    with regulated(by=by, act=act, study=study, reason=reason):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        fresh = infusion_for_guard(infusion.pk)
        advance(fresh, to)
        fresh.not_given_reason = infusion.not_given_reason
        fresh.save(update_fields=["state", "not_given_reason"])
        return fresh


def _dose(infusion: Infusion, *, unit: ProductUnit | None, volume_infused_ml: Decimal | None) -> DoseComputation:
    check: PreDoseCheck | None = getattr(infusion, "pre_dose_check", None)
    if unit is None or unit.viability is None or check is None or check.weight_kg is None:
        message = "The dose needs the weight of the day and a thawed unit with its viability."
        raise RuleViolation(Decision((Reason("DOS-DOSE", message, "Protocol, dose"),)))
    product = Suspension(
        total_cells_per_ml=unit.total_cells / unit.volume_ml,
        viability=unit.viability,
        volume_infused_ml=volume_infused_ml,
    )
    regimen = infusion.subject.protocol_version.definition.regimen
    return compute_dose(
        weight_kg=check.weight_kg,
        target_million_per_kg=regimen.dose_million_per_kg,
        product=product,
        regimen=regimen,
    )


def _started_already(infusion: Infusion) -> Decision:
    who = infusion.performed_by.printed_name if infusion.performed_by else "somebody"
    message = f"{who} has started this infusion already ({infusion.started_at:%Y-%m-%d %H:%M} UTC)."
    return Decision((Reason("DOS-STARTED", message, "House rule: an infusion starts once"),))
