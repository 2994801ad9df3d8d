"""Protocol deviations: raised by the act that departs from the protocol, or reported; classified by a person."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from trial.errors import require
from trial.models import Deviation, Site, Study, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.deviations import may_classify, may_report
from trial.rules.states import DeviationCategory, DeviationClass
from trial.services.regulated import regulated


def raise_once(
    *,
    study: Study,
    site: Site | None,
    subject_code: str,
    category: DeviationCategory,
    code: str,
    key: str,
    reference: str,
    description: str,
    occurred_at: datetime,
    by: User,
    at: datetime,
) -> Deviation:
    """Raise a deviation inside the caller's transaction. The same ``key`` raises one, however often it is found.

    ``reference`` leads to the record: "infusion:12", "visit:40". Source: ICH E6(R3) 2.5.3.
    """
    deviation, _created = Deviation.objects.get_or_create(
        study=study,
        key=key,
        defaults={
            "site": site,
            "subject_code": subject_code,
            "category": category,
            "code": code,
            "reference": reference,
            "description": description,
            "occurred_at": occurred_at,
            "raised_at": at,
            "raised_by": by,
        },
    )
    return deviation


def report(
    *,
    study: Study,
    site: Site | None,
    subject_code: str,
    category: DeviationCategory,
    description: str,
    occurred_at: datetime,
    by: User,
    at: datetime,
) -> Deviation:
    """Report a deviation that no record shows by itself. Raises ``RuleViolation``, ``NotPermitted``."""
    with regulated(by=by, act="deviations.report", study=study):
        require_permission(by, Permission.DEVIATION_RAISE, study=study, at=at, site=site)
        require(may_report(description=description, occurred_at=occurred_at, at=at))
        return raise_once(
            study=study,
            site=site,
            subject_code=subject_code,
            category=category,
            code="REPORTED",
            key=f"reported:{uuid4()}",
            reference="",
            description=description,
            occurred_at=occurred_at,
            by=by,
            at=at,
        )


def classify(
    *,
    deviation: Deviation,
    classification: DeviationClass,
    assessment: str,
    corrective_action: str,
    by: User,
    at: datetime,
) -> Deviation:
    """Say whether a deviation is minor or major, what it means, and what is done about it."""
    with regulated(by=by, act="deviations.classify", study=deviation.study, reason=assessment):
        require_permission(by, Permission.DEVIATION_CLASSIFY, study=deviation.study, at=at, site=deviation.site)
        deviation = Deviation.objects.get(pk=deviation.pk)
        earlier = DeviationClass(deviation.classification)
        require(may_classify(earlier=earlier, wanted=classification, assessment=assessment))
        deviation.classification = classification
        deviation.assessment, deviation.corrective_action = assessment, corrective_action
        deviation.classified_by, deviation.classified_at = by, at
        deviation.save(
            update_fields=["classification", "assessment", "corrective_action", "classified_by", "classified_at"]
        )
        return deviation
