"""The end of a screening without enrolment: what was judged then is frozen, and kept."""

from __future__ import annotations

from datetime import datetime

from enrollment.events import ScreeningFailed
from enrollment.models import Screening, ScreeningFailure
from enrollment.rules.screening_changes import may_discontinue
from enrollment.rules.states import NotContinued, SubjectState
from enrollment.selectors.eligibility import Evaluation, evaluate_screening
from enrollment.services.states import advance
from trial.errors import require
from trial.events import publish
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.canonical import canonical_json, sha256_hex
from trial.services.regulated import regulated


def close_as_failed(evaluation: Evaluation, *, by: User, at: datetime) -> Screening:
    """Freeze a failing evaluation, inside the caller's regulated transaction: its criteria are those of the log."""
    return _close(evaluation, not_continued="", note="", by=by, at=at)


def discontinue(*, screening: Screening, because: NotContinued, note: str, by: User, at: datetime) -> Screening:
    """Close a screening in which no criterion failed: the participant was lost, no slot was free, and the like.

    Whoever no longer wants to take part withdraws the consent instead. Raises ``RuleViolation``, ``NotPermitted``.
    Source: ICH E3, 10.1 (disposition of participants).
    """
    subject = screening.subject
    with regulated(by=by, act="screenings.discontinue", study=subject.study):
        require_permission(by, Permission.SCREENING_EDIT, study=subject.study, at=at, site=subject.site)
        screening = Screening.objects.select_related("subject__site", "subject__protocol_version").get(pk=screening.pk)
        evaluation = evaluate_screening(screening, at=at)
        require(may_discontinue(SubjectState(screening.subject.state), evaluation.verdict, note=note))
        return _close(evaluation, not_continued=because.value, note=note.strip(), by=by, at=at)


def _close(evaluation: Evaluation, *, not_continued: str, note: str, by: User, at: datetime) -> Screening:
    screening = evaluation.screening
    codes = [criterion.code.value for criterion in evaluation.verdict.failing]
    screening.failed_at = at
    screening.failure_codes = codes
    screening.save(update_fields=["failed_at", "failure_codes"])
    content = canonical_json(evaluation.content | {"type": "screening_failure", "failing": codes})
    ScreeningFailure.objects.create(
        screening=screening,
        first_code=next(iter(codes), ""),
        not_continued=not_continued,
        note=note,
        content=content,
        content_sha256=sha256_hex(content),
        recorded_at=at,
        recorded_by=by,
    )
    advance(screening.subject, SubjectState.SCREEN_FAILED)
    publish(ScreeningFailed(subject=screening.subject, by=by, at=at))
    return screening
