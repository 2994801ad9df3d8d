"""Dosing holds: anyone at the bedside may place one, only signatures lift it."""

from __future__ import annotations

from datetime import datetime

from trial.errors import require
from trial.models import Cohort, DosingHold, ElectronicSignature, Study, User
from trial.rules.decision import Decision, Reason
from trial.rules.states import HoldKind
from trial.services.regulated import regulated


def place(
    *,
    study: Study,
    kind: HoldKind,
    reason: str,
    by: User,
    at: datetime,
    cohort: Cohort | None = None,
    subject_code: str = "",
    cause: str = "",
) -> DosingHold:
    """Hold dosing of the study, a cohort or a subject from now on. A running infusion goes on; later starts are
    blocked.

    A hold always commits: it asks for no condition. ``cause`` names what placed an automatic hold, so that the same
    cause places it once. Source: protocol stopping rules; ICH E6(R3) 2.7 (safety of participants).
    """
    with regulated(by=by, act="holds.place", study=study):
        if cause:
            standing = DosingHold.objects.filter(study=study, kind=kind, cause=cause, lifted_at__isnull=True).first()
            if standing is not None:
                return standing
        return DosingHold.objects.create(
            study=study,
            cohort=cohort,
            subject_code=subject_code,
            kind=kind,
            reason=reason,
            cause=cause,
            placed_at=at,
            placed_by=by,
        )


def lift(*, hold: DosingHold, signatures: tuple[ElectronicSignature, ...], by: User, at: datetime) -> DosingHold:
    """End a hold whose lift everyone required has signed; the database verifies the signatures again."""
    with regulated(by=by, act="holds.lift", study=hold.study):
        hold = DosingHold.objects.get(pk=hold.pk)
        require(Decision.of([_already_lifted(hold)]))
        hold.lifted_at = at
        hold.lift_signatures = [signature.pk for signature in signatures]
        hold.save(update_fields=["lifted_at", "lift_signatures"])
        return hold


def _already_lifted(hold: DosingHold) -> Reason | None:
    if hold.lifted_at is None:
        return None
    return Reason("HLD-LIFTED", "This hold was lifted already.", "House rule: a hold ends once")
