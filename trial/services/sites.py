"""A site takes part under a protocol version after its ethics and authority approvals."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from trial.errors import require
from trial.events import publish
from trial.models import ProtocolVersion, Site, SiteActivation, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.services.regulated import regulated
from trial.study_events import SiteActivated

_SOURCE = "ICH E6(R3) 4.3.5"


def activate(
    *,
    site: Site,
    protocol_version: ProtocolVersion,
    ethics_approved_on: date,
    authority_approved_on: date,
    by: User,
    at: datetime,
) -> SiteActivation:
    """Bring a protocol version into force at a site from today on. Raises ``RuleViolation`` before its approvals."""
    with regulated(by=by, act="sites.activate", study=site.study):
        require_permission(by, Permission.PEOPLE_MANAGE, study=site.study, at=at)
        today = at.astimezone(ZoneInfo(site.timezone)).date()
        require(
            Decision.of(
                [
                    _in_future("ethics committee", ethics_approved_on, today),
                    _in_future("competent authority", authority_approved_on, today),
                    _already(site, protocol_version),
                ]
            )
        )
        activation = SiteActivation.objects.create(
            site=site,
            protocol_version=protocol_version,
            ethics_approved_on=ethics_approved_on,
            authority_approved_on=authority_approved_on,
            activated_on=today,
        )
        publish(SiteActivated(activation=activation, by=by, at=at))
        return activation


def _in_future(who: str, approved_on: date, today: date) -> Reason | None:
    if approved_on <= today:
        return None
    return Reason("SIT-APPROVAL", f"The approval of the {who} is dated {approved_on}, after today ({today}).", _SOURCE)


def _already(site: Site, version: ProtocolVersion) -> Reason | None:
    if not SiteActivation.objects.filter(site=site, protocol_version=version).exists():
        return None
    return Reason("SIT-ACTIVE", f"Protocol version {version} is in force at {site} already.", _SOURCE)
