"""Recipients of product of which something was found later: each is followed up, and none is forgotten."""

from __future__ import annotations

from datetime import datetime

from dosing.events import InfusionStarted
from dosing.models import Infusion, ProductLot, RecipientFollowUp
from dosing.rules.reasons_given import reason_given
from dosing.rules.release import failed_tests
from dosing.selectors.lots import lot_results
from trial.errors import RuleViolation, require
from trial.models import ProtocolVersion, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.rules.roles import Role
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

_TOLD = (Role.PRINCIPAL_INVESTIGATOR, Role.SUBINVESTIGATOR)


def open_for_lot(*, lot: ProductLot, finding: str, at: datetime) -> list[RecipientFollowUp]:
    """A follow-up for every infusion of the lot that was begun, inside the caller's regulated transaction."""
    given = Infusion.objects.filter(unit__lot=lot, started_at__isnull=False)
    return [_open(infusion, lot=lot, finding=finding, at=at) for infusion in given.order_by("id")]


def open_for_units(*, units: list[int], finding: str, at: datetime) -> list[RecipientFollowUp]:
    """For the infusions of these units (ids) alone: those that stood outside their temperature limits."""
    given = Infusion.objects.filter(unit__in=units, started_at__isnull=False).select_related("unit__lot__study")
    return [_open(i, lot=i.unit.lot, finding=finding, at=at) for i in given.order_by("id") if i.unit]


def open_after_start(event: InfusionStarted) -> None:
    """Reaction to ``InfusionStarted``: an infusion that happened although a test of its lot had failed."""
    if event.infusion.unit is None:
        return
    lot = ProductLot.objects.select_related("study").get(units=event.infusion.unit)
    plan = ProtocolVersion.objects.get(study=lot.study, state="ACTIVE").definition.product
    for finding in failed_tests(lot_results(lot), plan=plan):
        _open(event.infusion, lot=lot, finding=finding_of_test(finding), at=event.at)


def finding_of_test(label: str) -> str:
    return f"Release test failed: {label}"[:120]


def _open(infusion: Infusion, *, lot: ProductLot, finding: str, at: datetime) -> RecipientFollowUp:
    """One per recipient and finding, however often it is found."""
    follow_up, created = RecipientFollowUp.objects.get_or_create(
        lot=lot, infusion=infusion, finding=finding, defaults={"opened_at": at}
    )
    if created:
        subject = infusion.subject
        notify(
            users=holders(study=lot.study, roles=_TOLD, on=at, site_id=subject.site_id),
            study=lot.study,
            key=f"follow-up:{follow_up.pk}",
            title=f"Follow up {subject.code}: received product of lot {lot.number}",
            body=finding,
            path=f"/product/follow-ups/{follow_up.pk}/",
            at=at,
        )
    return follow_up


def close(*, follow_up: RecipientFollowUp, outcome: str, by: User, at: datetime) -> RecipientFollowUp:
    """Close a follow-up with what came of it. Once. Raises ``RuleViolation``, ``NotPermitted``."""
    subject = follow_up.infusion.subject
    with regulated(by=by, act="follow_ups.close", study=subject.study, reason=outcome):
        require_permission(by, Permission.EVENT_ASSESS, study=subject.study, at=at, site=subject.site)
        fresh = RecipientFollowUp.objects.get(pk=follow_up.pk)
        if fresh.closed_at is not None:
            raise RuleViolation(_closed())
        require(reason_given(outcome))
        fresh.closed_at, fresh.closed_by, fresh.outcome = at, by, outcome
        fresh.save(update_fields=["closed_at", "closed_by", "outcome"])
        return fresh


def _closed() -> Decision:
    return Decision(
        (Reason("FUP-CLOSED", "This follow-up is closed already.", "Protocol stopping rules; GCP Art. 93"),)
    )
