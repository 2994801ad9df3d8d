"""The interviews on family support, each signed by the person who held it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from enrollment.models import Screening, Subject, SupportInterview
from enrollment.rules.interviews import FACT_OF, may_hold, may_withdraw
from enrollment.rules.states import InterviewKind, SubjectState
from enrollment.selectors.eligibility import current_screening
from enrollment.selectors.interviews import interview_facts
from enrollment.services import facts
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewEntry:
    """``supported``: whether the family support is well established, as the interviewer found."""

    kind: InterviewKind
    held_on: date
    supported: bool
    note: str = ""


def interview_content(subject: Subject, entry: InterviewEntry) -> dict[str, Any]:
    """What the interviewer signs."""
    return {
        "type": "support_interview",
        "subject": subject.code,
        "kind": entry.kind.value,
        "held_on": entry.held_on.isoformat(),
        "supported": entry.supported,
        "note": entry.note,
    }


def hold(*, subject: Subject, entry: InterviewEntry, proof: Proof, at: datetime) -> SupportInterview:
    """Record and sign an interview; what it found becomes a screening fact.

    Source: Protocol inclusion 3. Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``.
    """
    with regulated(by=proof.user, act="interviews.hold", study=subject.study):
        role = require_permission(proof.user, Permission.INTERVIEW_SIGN, study=subject.study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
        require(
            may_hold(interview_facts(subject, kind=entry.kind, role=role, held_on=entry.held_on, by=proof.user, at=at))
        )
        content = interview_content(subject, entry)
        signature = sign(
            proof=proof,
            study=subject.study,
            role=role,
            meaning=Meaning.SUPPORT_INTERVIEW,
            content=content,
            seen_sha256=content_hash(content),
            at=at,
        )
        interview = SupportInterview.objects.create(
            subject=subject,
            kind=entry.kind,
            held_on=entry.held_on,
            supported=entry.supported,
            note=entry.note,
            signature=signature,
            recorded_at=at,
        )
        _tell_screening(subject, entry.kind, entry.supported)
        return interview


def withdraw(*, interview: SupportInterview, reason: str, by: User, at: datetime) -> SupportInterview:
    """The interview no longer counts: family support is not known again until another one is held."""
    subject = interview.subject
    with regulated(by=by, act="interviews.withdraw", study=subject.study, reason=reason):
        role = require_permission(by, Permission.INTERVIEW_SIGN, study=subject.study, at=at, site=subject.site)
        interview = SupportInterview.objects.select_related("subject__site", "subject__study").get(pk=interview.pk)
        require(
            may_withdraw(
                kind=InterviewKind(interview.kind),
                role=role,
                state=SubjectState(interview.subject.state),
                is_withdrawn=interview.withdrawn_at is not None,
                reason=reason,
            )
        )
        interview.withdrawn_at, interview.withdrawn_by, interview.withdrawn_reason = at, by, reason
        interview.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        _tell_screening(interview.subject, InterviewKind(interview.kind), None)
        return interview


def _tell_screening(subject: Subject, kind: InterviewKind, supported: bool | None) -> None:
    screening = Screening.objects.select_related("subject__site").get(pk=current_screening(subject).pk)
    kept = {key: value for key, value in screening.facts.items() if key != FACT_OF[kind]}
    facts.store(screening, kept if supported is None else kept | {FACT_OF[kind]: supported})
