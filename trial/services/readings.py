"""A signed decision to escalate reaches those who dose: they are told, and confirm having read it."""

from __future__ import annotations

from datetime import datetime

from trial.errors import require
from trial.models import ClearanceReading, CohortClearance, User
from trial.permissions import TABLE, Permission
from trial.permissions import require as require_permission
from trial.rules.readings import may_confirm
from trial.rules.states import ClearanceBasis
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated
from trial.study_events import CohortOpened


def ask_to_read(event: CohortOpened) -> None:
    """Tell everybody who doses, in the transaction that opened the cohort. The first cohort opens without a decision.

    Source: ICH E6(R3) Annex 1 (communication of safety decisions); gate policy.
    """
    clearance = event.clearance
    if clearance.basis != ClearanceBasis.GATE_DECISION:
        return
    cohort = clearance.cohort
    notify(
        users=holders(study=cohort.study, roles=TABLE[Permission.DECISION_READ].roles, on=event.at),
        study=cohort.study,
        key=f"decision:{clearance.pk}",
        title=f"Cohort {cohort.number} is open: read the decision",
        body="The decision is signed. Read it and confirm: the first product of the cohort is issued only then.",
        path="/decisions/",
        at=event.at,
    )


def confirm(*, clearance: CohortClearance, by: User, at: datetime) -> ClearanceReading:
    """Confirm having read the decision. Twice is no error: it stays as it was confirmed first."""
    study = clearance.cohort.study
    with regulated(by=by, act="readings.confirm", study=study):
        role = require_permission(by, Permission.DECISION_READ, study=study, at=at)
        clearance = CohortClearance.objects.get(pk=clearance.pk)
        require(
            may_confirm(
                basis=ClearanceBasis(clearance.basis),
                opened_at=clearance.opened_at,
                revoked_at=clearance.revoked_at,
                at=at,
            )
        )
        reading, _created = ClearanceReading.objects.get_or_create(
            clearance=clearance, user=by, defaults={"role": role.value, "read_at": at}
        )
        return reading
