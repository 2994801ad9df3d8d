"""A pregnancy of a participant or of a partner: reported, told, and no further infusion until it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dosing.rules.pregnancy_report import PregnancyFacts, Whose, may_report
from enrollment.models import Subject
from trial.errors import require
from trial.models import DosingHold, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.rules.states import HoldKind
from trial.services import holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

_TOLD = (
    Role.PRINCIPAL_INVESTIGATOR,
    Role.SUBINVESTIGATOR,
    Role.MEDICAL_MONITOR,
    Role.COORDINATOR,
    Role.NURSE,
    Role.SPONSOR,
)
_WORDS = {Whose.PARTICIPANT: "Pregnancy of the participant", Whose.PARTNER: "Pregnancy of a partner"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PregnancyReport:
    """``known_on``: the site day on which the site learnt of it."""

    whose: Whose
    known_on: date
    note: str = ""


def report(*, subject: Subject, report: PregnancyReport, by: User, at: datetime) -> DosingHold:
    """Report a pregnancy. It is no adverse event by itself; the participant's further infusions wait for a decision.

    Reported again it is the same one. Like any hold it asks for no delegation and ends by signatures alone.
    Source: G46; ICH E6(R3) 2.7. Raises ``RuleViolation``, ``NotPermitted``.
    """
    with regulated(by=by, act="pregnancies.report", study=subject.study):
        require_permission(by, Permission.HOLD_PLACE, study=subject.study, at=at, site=subject.site)
        today = site_date(at, timezone=subject.site.timezone)
        require(may_report(PregnancyFacts(known_on=report.known_on), today=today))
        reason = f"{_WORDS[report.whose]}, known since {report.known_on}."
        return hold_for_pregnancy(subject, reason=f"{reason} {report.note}".strip(), by=by, at=at)


def hold_for_pregnancy(subject: Subject, *, reason: str, by: User, at: datetime) -> DosingHold:
    """Inside the caller's regulated transaction. The same pregnancy holds once."""
    study = subject.study
    hold = holds.place(
        study=study,
        kind=HoldKind.MANUAL,
        reason=reason,
        subject_code=subject.code,
        cause=f"pregnancy:{subject.code}",
        by=by,
        at=at,
    )
    notify(
        users=holders(study=study, roles=_TOLD, on=at),
        study=study,
        key=f"hold:{hold.pk}",
        title=f"Pregnancy reported: dosing of {subject.code} is held",
        body=hold.reason,
        path="/holds/",
        at=at,
    )
    return hold
