"""A person holds dosing: placed at once, without any condition, and told to everybody who doses or decides."""

from __future__ import annotations

from datetime import datetime

from enrollment.models import Subject
from trial.errors import require
from trial.models import Cohort, DosingHold, Study, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.rules.roles import Role
from trial.rules.states import HoldKind
from trial.services import holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

_TOLD = (
    Role.PRINCIPAL_INVESTIGATOR,
    Role.SUBINVESTIGATOR,
    Role.MEDICAL_MONITOR,
    Role.DSMB_MEMBER,
    Role.COORDINATOR,
    Role.NURSE,
    Role.PHARMACIST,
    Role.SPONSOR,
)


def place(
    *, study: Study, reason: str, by: User, at: datetime, cohort: Cohort | None = None, subject: Subject | None = None
) -> DosingHold:
    """Hold dosing of the study, of a cohort or of a subject from now on. A running infusion is not stopped by it.

    Whoever sees a danger in a clinical role may do this: it asks for a reason and for nothing else.
    Source: ICH E6(R3) 2.7 (safety of participants). Raises ``RuleViolation``, ``NotPermitted``.
    """
    with regulated(by=by, act="manual_holds.place", study=study):
        require_permission(by, Permission.HOLD_PLACE, study=study, at=at, site=subject.site if subject else None)
        require(Decision.of([_without_reason(reason)]))
        hold = holds.place(
            study=study,
            kind=HoldKind.MANUAL,
            reason=reason.strip(),
            cohort=cohort,
            subject_code=subject.code if subject else "",
            by=by,
            at=at,
        )
        notify(
            users=holders(study=study, roles=_TOLD, on=at),
            study=study,
            key=f"hold:{hold.pk}",
            title=f"Dosing is held: {hold.scope}",
            body=hold.reason,
            path="/holds/",
            at=at,
        )
        return hold


def _without_reason(reason: str) -> Reason | None:
    if reason.strip():
        return None
    return Reason("HLD-REASON", "A hold needs its reason.", "House rule: everybody who doses reads why")
