"""Registration of participants under a code, and the end of their participation."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import F

from enrollment.events import SubjectFound, SubjectLost, SubjectWithdrawn
from enrollment.models import Subject
from enrollment.rules.states import ConsentStatus, SubjectState, WithdrawalScope
from enrollment.rules.withdrawal import may_withdraw
from enrollment.selectors.consents import withdrawn_scopes
from enrollment.selectors.eligibility import evaluate_screening
from enrollment.services import attempts, consents
from enrollment.services.closing import close_as_failed
from enrollment.services.consents import ConsentEntry
from enrollment.services.states import advance
from trial.errors import RuleViolation
from trial.errors import require as require_rule
from trial.events import publish
from trial.models import ProtocolVersion, Site, SiteActivation, Study, User
from trial.permissions import Permission, require
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date
from trial.services.regulated import regulated

_SOURCE = "ICH E6(R3) 2.8; Annex 1 (participant identification code)"


def register(*, site: Site, consent: ConsentEntry, by: User, at: datetime) -> Subject:
    """Register a participant who answered to the consent, under the next code of the site. Codes are never reused.

    A refusal is registered as well: it fails exclusion 1, and counts in the screening log. Raises ``RuleViolation``
    when the site is not active under the protocol version in force, or the consent is not valid.
    """
    study = site.study
    with regulated(by=by, act="subjects.register", study=study):
        require(by, Permission.SUBJECT_REGISTER, study=study, at=at, site=site)
        version = ProtocolVersion.objects.get(study=study, state="ACTIVE")
        _require_active(site, version)
        subject = Subject.objects.create(
            study=study,
            site=site,
            protocol_version=version,
            code=_next_code(study, site),
            registered_at=at,
            registered_by=by,
        )
        screening = attempts.begin(subject, at=at)
        consents.record(subject=subject, entry=consent, by=by, at=at)
        if consent.status is ConsentStatus.REFUSED:
            close_as_failed(evaluate_screening(screening, at=at), by=by, at=at)
        return subject


def withdraw(*, subject: Subject, scope: WithdrawalScope, reason: str, by: User, at: datetime) -> Subject:
    """The participant withdraws. Data up to now are kept as consented; every scope ends treatment. Source: PDPA 3.

    Raises ``RuleViolation`` after the end of participation, and for a scope that is not wider than an earlier one.
    """
    with regulated(by=by, act="subjects.withdraw", study=subject.study, reason=reason):
        require(by, Permission.CONSENT_RECORD, study=subject.study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
        state, earlier = SubjectState(subject.state), withdrawn_scopes(subject)
        require_rule(may_withdraw(state, earlier=earlier, scope=scope, reason=reason))
        consents.withdraw(subject=subject, scope=scope, reason=reason, at=at)
        # The day on which participation ended stays that of the first withdrawal, also when a wider one follows.
        subject.withdrawn_on = subject.withdrawn_on or site_date(at, timezone=subject.site.timezone)
        subject.save(update_fields=["withdrawn_on"])
        advance(subject, SubjectState.WITHDRAWN)
        publish(SubjectWithdrawn(subject=subject, by=by, at=at))
        return subject


def record_death(*, subject: Subject, died_at: datetime, by: User, at: datetime) -> Subject:
    """Note a death. Called by ``safety``, which records the fatal event and holds the study in the same transaction."""
    with regulated(by=by, act="subjects.record_death", study=subject.study):
        subject = Subject.objects.get(pk=subject.pk)
        subject.died_at = died_at
        subject.state = SubjectState.DIED
        subject.save(update_fields=["died_at", "state"])
        return subject


def record_loss(*, subject: Subject, lost_on: date, by: User, at: datetime) -> Subject:
    """Note the site-local day since which nobody reaches the participant. Called by ``followup``, which keeps how they
    were looked for in the same transaction. The state stays: visits and infusions go on as soon as they are found."""
    with regulated(by=by, act="subjects.record_loss", study=subject.study):
        subject = _note_loss(subject, lost_on)
        publish(SubjectLost(subject=subject, by=by, at=at))
        return subject


def record_found(*, subject: Subject, by: User, at: datetime) -> Subject:
    """Note that a participant who was lost is followed again. Called by ``followup``, which keeps the reason."""
    with regulated(by=by, act="subjects.record_found", study=subject.study):
        subject = _note_loss(subject, None)
        publish(SubjectFound(subject=subject, by=by, at=at))
        return subject


def _note_loss(subject: Subject, lost_on: date | None) -> Subject:
    subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
    subject.lost_on = lost_on
    subject.save(update_fields=["lost_on"])
    return subject


def _next_code(study: Study, site: Site) -> str:
    """Under the study lock: codes have no gaps and no doubles."""
    Study.objects.filter(pk=study.pk).update(subject_counter=F("subject_counter") + 1)
    number = Study.objects.values_list("subject_counter", flat=True).get(pk=study.pk)
    return f"{site.subject_code_prefix}{number:03d}"


def _require_active(site: Site, version: ProtocolVersion) -> None:
    if SiteActivation.objects.filter(site=site, protocol_version=version).exists():
        return
    message = f"Site {site.code} is not yet active under protocol {version}: enter its ethics and authority approvals."
    raise RuleViolation(Decision((Reason("SUB-SITE", message, "ICH E6(R3) 4.3.5"),)))
