"""Drugs given before the infusion: entered as they were given, and voided with a reason instead of changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.models import Infusion, Premedication
from dosing.rules.preparation import may_give_premedication, may_void_premedication
from dosing.rules.states import InfusionState
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """``given_at`` None: now."""

    name: str
    dose: Decimal
    unit: str
    route: str
    given_at: datetime | None = None


def give(*, infusion: Infusion, drug: Drug, by: User, at: datetime) -> Premedication:
    """Enter a drug that was given before the infusion. Nothing about it is prescribed. Source: domain 1.8."""
    study = infusion.subject.study
    with regulated(by=by, act="premedication.give", study=study):
        require_permission(by, Permission.INFUSION_PREPARE, study=study, at=at, site=infusion.subject.site)
        infusion = Infusion.objects.get(pk=infusion.pk)
        given_at = drug.given_at or at
        require(
            may_give_premedication(
                state=InfusionState(infusion.state), started_at=infusion.started_at, given_at=given_at, at=at
            )
        )
        return Premedication.objects.create(
            infusion=infusion,
            drug=drug.name,
            dose=drug.dose,
            unit=drug.unit,
            route=drug.route,
            given_at=given_at,
            given_by=by,
            recorded_at=at,
        )


def void(*, premedication: Premedication, reason: str, by: User, at: datetime) -> Premedication:
    """Take an entry back that was wrong; it stays readable."""
    infusion = premedication.infusion
    study = infusion.subject.study
    with regulated(by=by, act="premedication.void", study=study, reason=reason):
        require_permission(by, Permission.INFUSION_PREPARE, study=study, at=at, site=infusion.subject.site)
        premedication = Premedication.objects.get(pk=premedication.pk)
        require(may_void_premedication(voided=premedication.voided_at is not None, reason=reason))
        premedication.voided_at, premedication.voided_reason = at, reason
        premedication.save(update_fields=["voided_at", "voided_reason"])
        return premedication
