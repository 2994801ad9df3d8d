"""Interviews on family support: those in force, all that ever were, and what stands against another one."""

from __future__ import annotations

from datetime import date, datetime

from enrollment.models import Subject, SupportInterview
from enrollment.rules.interviews import FACT_OF, KIND_OF, InterviewFacts
from enrollment.rules.states import ConsentStatus, InterviewKind, SubjectState
from trial.edge.context import TrialContext
from trial.models import Site, User
from trial.permissions import Permission
from trial.rules.roles import Role
from trial.rules.site_time import site_date


def known_from_interviews(subject: Subject) -> dict[str, bool]:
    """The screening facts that the interviews in force decide. One query."""
    rows = subject.interviews.filter(withdrawn_at__isnull=True).values_list("kind", "supported")
    return {FACT_OF[InterviewKind(kind)]: supported for kind, supported in rows}


def interviews_of(subject: Subject) -> tuple[SupportInterview, ...]:
    """All interviews of a participant with their signatures, the latest first. One query."""
    return tuple(subject.interviews.select_related("signature", "withdrawn_by").order_by("-id"))


def held_kind(trial: TrialContext, site: Site) -> InterviewKind:
    """The interview that this person holds at this site: in one role, even for somebody with both. Raises
    ``NotPermitted``."""
    return KIND_OF[trial.access.role_for(Permission.INTERVIEW_SIGN, at=trial.at, site=site)]


def interview_facts(
    subject: Subject, *, kind: InterviewKind, role: Role, held_on: date, by: User, at: datetime
) -> InterviewFacts:
    """What decides whether ``by`` may record an interview of this kind in this role. Two queries."""
    zone = subject.site.timezone
    signed = subject.consents.filter(status=ConsentStatus.SIGNED, withdrawn_at__isnull=True)
    given_at = signed.order_by("given_at").values_list("given_at", flat=True).first()
    in_force: dict[str, int] = dict(
        subject.interviews.filter(withdrawn_at__isnull=True).values_list("kind", "signature__signer")
    )
    return InterviewFacts(
        state=SubjectState(subject.state),
        kind=kind,
        role=role,
        held_on=held_on,
        today=site_date(at, timezone=zone),
        consented_on=None if given_at is None else site_date(given_at, timezone=zone),
        has_one_in_force=kind in in_force,
        held_the_other=any(signer == by.pk for other, signer in in_force.items() if other != kind),
    )
