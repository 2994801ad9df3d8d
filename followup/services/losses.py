"""A participant is lost to follow-up, or found again."""

from __future__ import annotations

from datetime import date, datetime

from enrollment.models import Subject
from enrollment.services import subjects
from followup.models import LossToFollowUp
from followup.rules.losses import may_record_found, may_record_loss
from followup.selectors.losses import loss_facts
from trial.errors import require as require_rule
from trial.models import User
from trial.permissions import Permission, require
from trial.rules.site_time import site_date
from trial.services.regulated import regulated


def record(*, subject: Subject, lost_on: date, attempts: str, by: User, at: datetime) -> LossToFollowUp:
    """Record that nobody reaches the participant since a site-local day, and how they were looked for.

    Who is not evaluable any more is judged at once: a permission that rested on them is withdrawn.
    Raises ``RuleViolation``, ``NotPermitted``. Source: gate policy, definition of evaluable; G25.
    """
    with regulated(by=by, act="losses.record", study=subject.study, reason=attempts):
        require(by, Permission.VISIT_EDIT, study=subject.study, at=at, site=subject.site)
        subject = _fresh(subject)
        today = site_date(at, timezone=subject.site.timezone)
        require_rule(may_record_loss(loss_facts(subject), lost_on=lost_on, attempts=attempts, today=today))
        loss = LossToFollowUp.objects.create(
            subject=subject, lost_on=lost_on, attempts=attempts.strip(), recorded_at=at, recorded_by=by
        )
        subjects.record_loss(subject=subject, lost_on=lost_on, by=by, at=at)
        return loss


def record_found(*, subject: Subject, reason: str, by: User, at: datetime) -> LossToFollowUp:
    """Record that a lost participant was found again: they are followed as before. What was closed stays closed.

    Raises ``RuleViolation``, ``NotPermitted``. Source: gate rule, monotone: permission is never given back by itself.
    """
    with regulated(by=by, act="losses.record_found", study=subject.study, reason=reason):
        require(by, Permission.VISIT_EDIT, study=subject.study, at=at, site=subject.site)
        subject = _fresh(subject)
        require_rule(may_record_found(loss_facts(subject), reason=reason))
        loss = LossToFollowUp.objects.get(subject=subject, found_at__isnull=True)
        loss.found_at, loss.found_by, loss.found_reason = at, by, reason.strip()
        loss.save(update_fields=["found_at", "found_by", "found_reason"])
        subjects.record_found(subject=subject, by=by, at=at)
        return loss


def _fresh(subject: Subject) -> Subject:
    return Subject.objects.select_related("site", "study").get(pk=subject.pk)
