"""The door between cohorts. Only ``safety.services`` may import this module (import contract).

Permission is granted by signatures alone and withdrawn by itself: opening needs the signed decision, which the database
verifies again; revoking needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trial.events import publish
from trial.models import Cohort, CohortClearance, ElectronicSignature, User
from trial.rules.states import ClearanceBasis
from trial.services.regulated import regulated
from trial.study_events import CohortOpened


def open_cohort(
    *,
    cohort: Cohort,
    decision_sha256: str,
    signatures: Sequence[ElectronicSignature],
    valid_until: datetime | None,
    by: User,
    at: datetime,
) -> CohortClearance:
    """Open a cohort on a decision signed by every signatory. Source: Protocol, staged escalation; decisions 6, 21."""
    with regulated(by=by, act="clearance.open_cohort", study=cohort.study):
        opened = CohortClearance.objects.create(
            cohort=cohort,
            basis=ClearanceBasis.GATE_DECISION,
            opened_at=at,
            opened_by=by,
            valid_until=valid_until,
            decision_sha256=decision_sha256,
            signatures=[signature.pk for signature in signatures],
        )
        publish(CohortOpened(clearance=opened, by=by, at=at))
        return opened


def open_first_cohort(*, cohort: Cohort, by: User, at: datetime) -> CohortClearance | None:
    """Cohort 1 needs no predecessor: it opens when the first site is activated, once. The database allows no other."""
    with regulated(by=by, act="clearance.open_first_cohort", study=cohort.study):
        if CohortClearance.objects.filter(cohort=cohort).exists():
            return None
        opened = CohortClearance.objects.create(
            cohort=cohort, basis=ClearanceBasis.FIRST_COHORT, opened_at=at, opened_by=by
        )
        publish(CohortOpened(clearance=opened, by=by, at=at))
        return opened


def revoke(*, cohort: Cohort, reason: str, by: User, at: datetime) -> bool:
    """Close a cohort for ever under its present decision (latched). Answers whether there was anything to close."""
    with regulated(by=by, act="clearance.revoke", study=cohort.study):
        clearance = CohortClearance.objects.filter(cohort=cohort, revoked_at__isnull=True).first()
        if clearance is None:
            return False
        clearance.revoked_at = max(at, clearance.opened_at)
        clearance.revoked_reason = reason
        clearance.save(update_fields=["revoked_at", "revoked_reason"])
        return True
