"""Informed consent: recording the answer, signing again under a new version, withdrawal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enrollment.events import ConsentGiven
from enrollment.models import ConsentVersion, InformedConsent, Subject
from enrollment.rules.consent_entry import ConsentEntryFacts, may_record_consent
from enrollment.rules.states import ConsentStatus, SubjectState, WithdrawalScope
from trial import permissions
from trial.errors import require
from trial.events import publish
from trial.models import User
from trial.permissions import Permission
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntry:
    """``before_procedures``: consent came before any study procedure."""

    version: ConsentVersion
    status: ConsentStatus
    given_at: datetime
    explained_by: User
    copy_given: bool
    before_procedures: bool


def record(*, subject: Subject, entry: ConsentEntry, by: User, at: datetime) -> InformedConsent:
    """Record the answer of a participant. Source: ICH E6(R3) 2.8; Taiwan Human Subjects Research Act."""
    with regulated(by=by, act="consents.record", study=subject.study):
        permissions.require(by, Permission.CONSENT_RECORD, study=subject.study, at=at, site=subject.site)
        require(may_record_consent(_facts(subject, entry), at=at))
        consent = InformedConsent.objects.create(
            subject=subject,
            consent_version=entry.version,
            status=entry.status,
            given_at=entry.given_at,
            explained_by=entry.explained_by,
            copy_given=entry.copy_given,
            before_procedures=entry.before_procedures,
            recorded_at=at,
            recorded_by=by,
        )
        if entry.status is ConsentStatus.SIGNED:
            publish(ConsentGiven(consent=consent, by=by, at=at))
        return consent


def withdraw(*, subject: Subject, scope: WithdrawalScope, reason: str, at: datetime) -> None:
    """End every open consent and widen the scope of those withdrawn before, in the transaction of the withdrawal."""
    for consent in subject.consents.filter(status=ConsentStatus.SIGNED):
        if consent.withdrawn_at is None:
            consent.withdrawn_at = at
        else:
            consent.widened_at = at
        consent.withdrawal_scope = scope
        consent.withdrawal_reason = reason
        consent.save(update_fields=["withdrawn_at", "widened_at", "withdrawal_scope", "withdrawal_reason"])


def _facts(subject: Subject, entry: ConsentEntry) -> ConsentEntryFacts:
    explainer = permissions.access_of(entry.explained_by, subject.study)
    return ConsentEntryFacts(
        state=SubjectState(subject.state),
        status=entry.status,
        given_at=entry.given_at,
        approved_on=entry.version.approved_on,
        version_of_site=entry.version.site_id == subject.site_id,
        copy_given=entry.copy_given,
        explainer_delegated=explainer.may(Permission.CONSENT_RECORD, at=entry.given_at, site=subject.site),
        open_consent_same_version=subject.consents.filter(
            consent_version=entry.version, status=ConsentStatus.SIGNED, withdrawn_at__isnull=True
        ).exists(),
        timezone=subject.site.timezone,
    )
