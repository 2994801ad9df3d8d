"""What the facts of a gate withdraw: events that hold their cohort, reasons that close the next one.

Read here, and acted on by ``safety.services.withdrawals``; the preview of an event asks the same functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from safety.models import GateReview
from safety.rules.gate import WeighedEvent
from safety.selectors.gate import Assessment
from safety.selectors.gate_rows import CohortRows
from trial.models import CohortClearance, DosingHold, ElectronicSignature
from trial.rules.decision import Reason
from trial.rules.states import ClearanceBasis, HoldKind

# A hold on the whole study suspends every gate; it is lifted by signatures, so it withdraws nothing for good.
_NOT_LATCHING = frozenset({"GATE-SUSPENDED"})


def events_that_hold(assessment: Assessment) -> tuple[WeighedEvent, ...]:
    """The events for which dosing of the cohort has to be held and is not held yet. None while the policy allows them.

    Source: gate rule; G30, G32.
    """
    rows, counted = assessment.rows, assessment.result.qualifying_events
    if len(counted) <= assessment.allowed_events:
        return ()
    own = [h for h in rows.holds if h.kind == HoldKind.QUALIFYING_EVENT and h.cohort_id == rows.cohort.pk]
    standing = {hold.cause for hold in own if hold.lifted_at is None}
    accepted = _accepted(hold for hold in own if hold.lifted_at is not None)
    return tuple(
        event for event in counted if hold_cause(event) not in standing and (str(event.id), event.why) not in accepted
    )


def hold_cause(event: WeighedEvent) -> str:
    return f"event:{event.id}"


def clearance_given(rows: CohortRows) -> CohortClearance | None:
    """The permission to dose the next cohort that a decision over this gate gave, while it is in force."""
    return (
        CohortClearance.objects.filter(
            cohort__study=rows.study,
            cohort__number=rows.cohort.number + 1,
            basis=ClearanceBasis.GATE_DECISION,
            revoked_at__isnull=True,
        )
        .select_related("cohort__study")
        .first()
    )


def against_permission(assessment: Assessment, found: CohortClearance) -> tuple[Reason, ...]:
    """What ends the permission: under the policy in force, and under that of the decision which gave it.

    Open items of the checklist are drift: they show and end nothing. Source: house rule on latched revocation.
    """
    reasons = assessment.result.revoking_reasons
    review = GateReview.objects.filter(dossier_sha256=found.decision_sha256).first()
    if review is not None and review.protocol_version_id != assessment.rows.version.pk:
        reasons += assessment.under(assessment.rows.versions[review.protocol_version_id]).revoking_reasons
    return tuple(dict.fromkeys(reason for reason in reasons if reason.code not in _NOT_LATCHING))


def _accepted(lifted: Iterable[DosingHold]) -> set[tuple[str, str]]:
    """Events with which signatories decided to go on, each with the reason for which it counted then.

    An event that counts for another reason by now is a new question, and holds again.
    """
    ids = [signature for hold in lifted for signature in hold.lift_signatures]
    if not ids:
        return set()
    contents = ElectronicSignature.objects.filter(pk__in=ids).values_list("content", flat=True)
    return {(event, why) for text in contents for event, why in json.loads(text).get("accepted", [])}
