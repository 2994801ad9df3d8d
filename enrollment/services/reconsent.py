"""Who is told that participants have to sign the consent again: when a version asks for it, and before its last day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from enrollment.models import ConsentVersion, Subject
from enrollment.selectors.reconsent import due_among
from trial.models import ProtocolVersion, Study
from trial.permissions import TABLE, Permission
from trial.rules.site_time import start_of_day
from trial.services import due
from trial.services.notifications import holders, notify

REMINDER = "reconsent_reminder"
_TOLD = TABLE[Permission.CONSENT_RECORD].roles
_MOST_NAMED = 10


def announce(version: ConsentVersion, *, at: datetime) -> None:
    """Tell who obtains consent at the site, once per person and version, and plan the reminder before the last day."""
    if not version.reconsent_required or version.reconsent_by is None:
        return
    said = _still_due(version, at=at)
    if said:
        _tell(version, key="", title=f"Consent version {version} has to be signed again", said=said, at=at)
    due.plan(
        study=version.site.study,
        kind=REMINDER,
        key=f"{REMINDER}:{version.pk}",
        reference=str(version.pk),
        due_at=_reminded_at(version, by=version.reconsent_by, at=at),
    )


def remind(*, study: Study, reference: str, at: datetime) -> None:
    """Tell who obtains consent which participants have not signed yet. Nobody is told when everybody has."""
    version = ConsentVersion.objects.select_related("site__study").get(pk=int(reference), site__study=study)
    said = _still_due(version, at=at)
    if said:
        _tell(
            version, key=":reminder", title=f"Consent version {version} is still to be signed again", said=said, at=at
        )


def _tell(version: ConsentVersion, *, key: str, title: str, said: str, at: datetime) -> None:
    study = version.site.study
    notify(
        users=holders(study=study, roles=_TOLD, on=at, site_id=version.site_id),
        study=study,
        key=f"consent-version:{version.pk}{key}",
        title=title,
        body=f"{said} No infusion starts before.",
        path="/subjects/?reconsent=due",
        at=at,
    )


def _reminded_at(version: ConsentVersion, *, by: date, at: datetime) -> datetime:
    """As many days before the last day as visits are reminded of; where those have passed, on the last day itself."""
    definition = ProtocolVersion.objects.get(study=version.site.study, state="ACTIVE").definition
    last_day = start_of_day(by, timezone=version.site.timezone)
    lead_at = last_day - timedelta(days=definition.schedule.reminder_lead_days)
    return lead_at if lead_at > at else last_day


def _still_due(version: ConsentVersion, *, at: datetime) -> str:
    """Whose signature under this version is missing, in a sentence; empty where nobody's is."""
    subjects = Subject.objects.filter(site=version.site, study=version.site.study)
    codes = [line.subject.code for line in due_among(subjects, at=at) if version.approved_on > line.signed_on]
    named = ", ".join(codes[:_MOST_NAMED]) + (
        f" and {len(codes) - _MOST_NAMED} more" if len(codes) > _MOST_NAMED else ""
    )
    until = f" until {version.reconsent_by}" if version.reconsent_by else ""
    return f"To sign again{until}: {named}." if codes else ""
