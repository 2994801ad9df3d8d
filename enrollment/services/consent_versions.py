"""Consent forms as the ethics committee approved them for a site, and the demand to sign one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from enrollment.models import ConsentVersion
from enrollment.rules.consent_version import ConsentText, may_enter_version, may_require_reconsent
from enrollment.services import reconsent
from trial.errors import require
from trial.models import Site, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.site_time import site_date
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """``approval_reference``: the ethics committee's. ``late_reason``: why it is entered after a newer one."""

    site: Site
    label: str
    language: str
    approved_on: date
    approval_reference: str = ""
    reconsent_required: bool = False
    reconsent_by: date | None = None
    late_reason: str = ""


def approve(*, entry: VersionEntry, by: User, at: datetime) -> ConsentVersion:
    """Enter a consent form that the site's ethics committee approved; who obtains consent there is told whom it
    concerns.

    Source: ICH E6(R3) 2.8. Raises ``RuleViolation``, ``NotPermitted``.
    """
    site = entry.site
    with regulated(by=by, act="consent_versions.approve", study=site.study, reason=entry.late_reason):
        require_permission(by, Permission.CONSENT_VERSION_ENTER, study=site.study, at=at, site=site)
        text = ConsentText(
            label=entry.label,
            language=entry.language,
            approved_on=entry.approved_on,
            reconsent_required=entry.reconsent_required,
            reconsent_by=entry.reconsent_by,
        )
        today = site_date(at, timezone=site.timezone)
        require(may_enter_version(text, existing=_texts(site), today=today, late_reason=entry.late_reason))
        version = ConsentVersion.objects.create(
            site=site,
            label=entry.label,
            language=entry.language,
            approved_on=entry.approved_on,
            approval_reference=entry.approval_reference,
            reconsent_required=entry.reconsent_required,
            reconsent_by=entry.reconsent_by,
            entered_at=at,
            entered_by=by,
        )
        reconsent.announce(version, at=at)
        return version


def require_reconsent(
    *, version: ConsentVersion, reconsent_by: date | None, reason: str, by: User, at: datetime
) -> ConsentVersion:
    """Ask for signing again on a form that was entered without it. Never taken back: what was asked for was asked for.

    Source: ICH E6(R3) 2.8. Raises ``RuleViolation``, ``NotPermitted``.
    """
    site = version.site
    with regulated(by=by, act="consent_versions.require_reconsent", study=site.study, reason=reason):
        require_permission(by, Permission.CONSENT_VERSION_ENTER, study=site.study, at=at, site=site)
        version = ConsentVersion.objects.select_related("site__study").get(pk=version.pk)
        require(
            may_require_reconsent(
                _text(version),
                existing=_texts(site, besides=version),
                by=reconsent_by,
                today=site_date(at, timezone=site.timezone),
                reason=reason,
            )
        )
        version.reconsent_required, version.reconsent_by = True, reconsent_by
        version.save(update_fields=["reconsent_required", "reconsent_by"])
        reconsent.announce(version, at=at)
        return version


def _texts(site: Site, *, besides: ConsentVersion | None = None) -> tuple[ConsentText, ...]:
    rows = ConsentVersion.objects.filter(site=site)
    return tuple(_text(row) for row in (rows if besides is None else rows.exclude(pk=besides.pk)))


def _text(version: ConsentVersion) -> ConsentText:
    return ConsentText(
        label=version.label,
        language=version.language,
        approved_on=version.approved_on,
        reconsent_required=version.reconsent_required,
        reconsent_by=version.reconsent_by,
    )
