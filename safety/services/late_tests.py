"""A lot that fails a late release test: whoever received it is dosed no further until somebody has decided."""

from __future__ import annotations

from dosing.events import ReleaseTestFailed
from enrollment.models import Subject
from trial.models import DosingHold
from trial.rules.roles import Role
from trial.rules.states import HoldKind
from trial.services import holds
from trial.services.notifications import holders, notify

_TOLD = (
    Role.PRINCIPAL_INVESTIGATOR,
    Role.SUBINVESTIGATOR,
    Role.MEDICAL_MONITOR,
    Role.COORDINATOR,
    Role.NURSE,
    Role.PHARMACIST,
    Role.QUALITY_ASSURANCE,
    Role.SPONSOR,
)


def hold_recipients(event: ReleaseTestFailed) -> None:
    """Reaction to ``ReleaseTestFailed``. Source: protocol stopping rules (decision 17)."""
    lot = event.lot
    recipients = Subject.objects.filter(infusions__unit__lot=lot, infusions__started_at__isnull=False).distinct()
    placed = [
        holds.place(
            study=lot.study,
            kind=HoldKind.STOPPING_RULE,
            reason=f"Lot {lot.number}, which this subject received, failed the release test {event.test.code}.",
            subject_code=subject.code,
            cause=f"lot:{lot.number}:{subject.code}",
            by=event.by,
            at=event.at,
        )
        for subject in recipients.order_by("code")
    ]
    _tell(event, placed)


def _tell(event: ReleaseTestFailed, placed: list[DosingHold]) -> None:
    lot = event.lot
    codes = ", ".join(hold.subject_code for hold in placed) or "nobody yet"
    notify(
        users=holders(study=lot.study, roles=_TOLD, on=event.at),
        study=lot.study,
        key=f"lot:{lot.number}:failed:{event.test.code}",
        title=f"Lot {lot.number} failed a release test",
        body=f"{event.test.code}. Received by: {codes}. Their next infusions are held.",
        path=f"/product/lots/{lot.number}/",
        at=event.at,
    )
