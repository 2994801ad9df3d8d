"""The stopping rules of the protocol, asked in the transaction of every change of an adverse event."""

from __future__ import annotations

from datetime import datetime

from safety.selectors.stopping import new_breaches
from trial.models import DosingHold, ProtocolVersion, Study, User
from trial.rules.roles import Role
from trial.rules.states import HoldKind, VersionState
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


def evaluate(study: Study, *, by: User, at: datetime) -> None:
    """Hold the study for every rule that is broken and was not looked at yet. Source: protocol stopping rules."""
    with regulated(by=by, act="stopping_rules.evaluate", study=study):
        definition = ProtocolVersion.objects.get(study=study, state=VersionState.ACTIVE).definition
        for breach in new_breaches(study, definition):
            hold = holds.place(
                study=study, kind=HoldKind.STOPPING_RULE, reason=breach.reason, cause=breach.cause, by=by, at=at
            )
            tell_of_study_hold(hold, at=at)


def tell_of_study_hold(hold: DosingHold, *, at: datetime) -> None:
    """Everybody who doses or decides learns that dosing of the whole study is held."""
    notify(
        users=holders(study=hold.study, roles=_TOLD, on=at),
        study=hold.study,
        key=f"hold:{hold.pk}",
        title="Dosing of the whole study is held",
        body=hold.reason,
        path="/holds/",
        at=at,
    )
