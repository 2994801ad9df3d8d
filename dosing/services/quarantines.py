"""Quarantine: units set aside, and what quality assurance decides of them by signature."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dosing.models import ProductUnit, Quarantine, TemperatureExcursion
from dosing.rules.custody import was_at
from dosing.rules.reasons_given import reason_given
from dosing.rules.states import CustodyStep, ExcursionDecision, UnitState
from dosing.rules.unit_handling import may_decide_quarantine, may_set_aside
from dosing.selectors.units import chain_of, unit_facts, unit_for_handling
from dosing.services import custody
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.roles import Role
from trial.rules.states import Meaning
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign

_TOLD = (Role.PHARMACIST, Role.QUALITY_ASSURANCE)


def set_aside(*, unit: ProductUnit, reason: str, by: User, at: datetime) -> Quarantine:
    """Set a unit aside until quality assurance has decided. Raises ``RuleViolation``, ``NotPermitted``."""
    study = unit.lot.study
    with regulated(by=by, act="quarantines.set_aside", study=study, reason=reason):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        fresh = unit_for_handling(unit.pk)
        require(may_set_aside(unit_facts(fresh)) + reason_given(reason))
        return begin(unit=fresh, reason=reason, by=by, at=at)


def begin(
    *, unit: ProductUnit, reason: str, by: User, at: datetime, excursion: TemperatureExcursion | None = None
) -> Quarantine:
    """Write the quarantine of a unit that may be set aside, inside the caller's regulated transaction."""
    quarantine = Quarantine.objects.create(
        unit=unit, excursion=excursion, reason=reason, state_before=unit.state, began_at=at, began_by=by
    )
    custody.record(unit=unit, step=CustodyStep.QUARANTINED, by=by, at=at, note=reason)
    unit.state = UnitState.QUARANTINED
    unit.save(update_fields=["state"])
    notify(
        users=holders(study=unit.lot.study, roles=_TOLD, on=at),
        study=unit.lot.study,
        key=f"quarantine:{quarantine.pk}",
        title=f"Unit {unit} is set aside",
        body=reason,
        path=f"/product/quarantine/{quarantine.pk}/",
        at=at,
    )
    return quarantine


def decision_content(quarantine: Quarantine, *, decision: ExcursionDecision, rationale: str) -> dict[str, Any]:
    """What quality assurance signs: this quarantine of this unit, why it began, the decision and its rationale."""
    return {**shown_content(quarantine), "decision": decision.value, "rationale": rationale}


def shown_content(quarantine: Quarantine) -> dict[str, Any]:
    """What the decision is about, as the signing form shows it."""
    excursion = quarantine.excursion
    return {
        "type": "quarantine_decision",
        "quarantine": quarantine.pk,
        "unit": quarantine.unit_id,
        "unit_label": str(quarantine.unit),
        "reason": quarantine.reason,
        "began_at": quarantine.began_at,
        "state_before": quarantine.state_before,
        "excursion": None
        if excursion is None
        else {
            "place": excursion.place,
            "began_at": excursion.began_at,
            "ended_at": excursion.ended_at,
            "worst_celsius": excursion.worst_celsius,
        },
    }


def decide(
    *, quarantine: Quarantine, decision: ExcursionDecision, rationale: str, proof: Proof, at: datetime
) -> Quarantine:
    """Decide by signature: the unit returns to what it was before, or waits to be destroyed. Once.

    What else was found of the unit while it stood aside is not decided by this: it is set aside for that anew.
    Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``. Source: domain rule 6.2 (excursion, decision, issue).
    """
    study = quarantine.unit.lot.study
    with regulated(by=proof.user, act="quarantines.decide", study=study, reason=rationale):
        role = require_permission(proof.user, Permission.PRODUCT_RELEASE, study=study, at=at)
        fresh = Quarantine.objects.select_related("unit__lot__study", "excursion").get(pk=quarantine.pk)
        is_open = fresh.decision == ExcursionDecision.OPEN
        require(may_decide_quarantine(is_open=is_open, decision=decision, rationale=rationale))
        fresh.decision_signature = sign(
            proof=proof,
            study=study,
            role=role,
            meaning=Meaning.QUARANTINE_DECISION,
            content=decision_content(fresh, decision=decision, rationale=rationale),
            seen_sha256=content_hash(shown_content(fresh)),
            at=at,
        )
        fresh.decision, fresh.rationale, fresh.decided_at = decision, rationale, at
        fresh.save(update_fields=["decision", "rationale", "decided_at", "decision_signature"])
        if decision is ExcursionDecision.USABLE:
            _return_to_use(fresh, by=proof.user, at=at)
            _set_aside_anew(fresh, by=proof.user, at=at)
        return fresh


def _return_to_use(quarantine: Quarantine, *, by: User, at: datetime) -> None:
    unit = quarantine.unit
    custody.record(unit=unit, step=CustodyStep.RETURNED_TO_USE, by=by, at=at, note=quarantine.rationale)
    unit.state = quarantine.state_before
    unit.save(update_fields=["state"])


def why(excursion: TemperatureExcursion) -> str:
    """Why a unit that stood there is set aside, in words that are kept."""
    where = f" at {excursion.place}" if excursion.place else ""
    # Stored text names its zone: whoever reads it later may be at another site.
    began = excursion.began_at.astimezone(UTC)
    return f"{excursion.worst_celsius} °C{where} since {began:%Y-%m-%d %H:%M} UTC: outside its limits."


def _set_aside_anew(quarantine: Quarantine, *, by: User, at: datetime) -> None:
    """For the first excursion where the unit stood that was never judged for it, because it stood aside already.

    Once that one is decided too, the next is found in the same way.
    """
    unit = quarantine.unit
    judged = Quarantine.objects.filter(unit=unit, excursion__isnull=False)
    found = TemperatureExcursion.objects.filter(study=unit.lot.study).exclude(place="")
    chain = chain_of(unit)
    for excursion in found.exclude(pk__in=judged.values("excursion")).order_by("id"):
        if was_at(chain, excursion.place, since=excursion.began_at, until=excursion.ended_at):
            begin(unit=unit, reason=why(excursion), excursion=excursion, by=by, at=at)
            return
