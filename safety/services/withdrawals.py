"""Permission is withdrawn by facts, at once and by itself: holds inside a cohort, revocation of the next one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from dosing.events import InfusionEnded
from dosing.models import Infusion
from dosing.rules.states import InfusionState
from enrollment.events import SubjectWithdrawn
from enrollment.models import Allocation, Subject
from safety.models import GateReview
from safety.rules.gate import WeighedEvent
from safety.selectors.gate import Assessment, assess
from safety.services import due_reviews
from trial.models import Cohort, CohortClearance, DosingHold, ElectronicSignature, User
from trial.rules.decision import Reason
from trial.rules.roles import Role
from trial.rules.states import ClearanceBasis, HoldKind
from trial.services import clearance, holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

# A hold on the whole study suspends every gate; it is lifted by signatures, so it withdraws nothing for good.
_NOT_LATCHING = frozenset({"GATE-SUSPENDED"})
_DECIDERS = (Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR)
_BEDSIDE = (Role.NURSE, Role.PHARMACIST)


def cohort_of(subject: Subject) -> Cohort | None:
    """The cohort in which the subject received, or was to receive, infusions; also after the slot was vacated."""
    allocation = Allocation.objects.filter(subject=subject).select_related("slot__cohort__study").first()
    return None if allocation is None else allocation.slot.cohort


def recheck_after_withdrawal(event: SubjectWithdrawn) -> None:
    """Who withdrew inside the window is no longer evaluable, and the gate's clock may hang on somebody else."""
    cohort = cohort_of(event.subject)
    if cohort is not None:
        recheck(cohort, by=event.by, at=event.at)
        due_reviews.plan_review(cohort, by=event.by, at=event.at)


def recheck_after_infusion(event: InfusionEnded) -> None:
    """What was given decides who is evaluable; an infusion stopped for a reaction is an event."""
    cohort = cohort_of(event.infusion.subject)
    if cohort is not None:
        recheck(cohort, by=event.by, at=event.at)


def recheck(cohort: Cohort, *, by: User, at: datetime) -> Assessment:
    """Hold this cohort if more events count than its policy allows; close the next one if this gate no longer passes.

    Nothing is ever granted here. What is closed stays closed until a new signed decision, also when the reason goes
    away. A running infusion is not stopped: people are told. Source: gate rule, monotone; G18, G19, G30, G32.
    """
    with regulated(by=by, act="gates.recheck", study=cohort.study):
        assessment = assess(cohort, at=at)
        _hold(assessment, by=by, at=at)
        _revoke(assessment, by=by, at=at)
        return assessment


def _hold(assessment: Assessment, *, by: User, at: datetime) -> None:
    rows, counted = assessment.rows, assessment.result.qualifying_events
    if len(counted) <= assessment.allowed_events:
        return
    own = [h for h in rows.holds if h.kind == HoldKind.QUALIFYING_EVENT and h.cohort_id == rows.cohort.pk]
    standing = {hold.cause for hold in own if hold.lifted_at is None}
    accepted = _accepted(hold for hold in own if hold.lifted_at is not None)
    for event in counted:
        if _cause(event) in standing or (str(event.id), event.why) in accepted:
            continue
        hold = holds.place(
            study=rows.study,
            cohort=rows.cohort,
            kind=HoldKind.QUALIFYING_EVENT,
            reason=f"{event.id} counts against the gate of cohort {rows.cohort.number}: {event.why}.",
            cause=_cause(event),
            by=by,
            at=at,
        )
        _tell_of_hold(hold, rows.cohort, at=at)


def _cause(event: WeighedEvent) -> str:
    return f"event:{event.id}"


def _accepted(lifted: Iterable[DosingHold]) -> set[tuple[str, str]]:
    """Events with which signatories decided to go on, each with the reason for which it counted then.

    An event that counts for another reason by now is a new question, and holds again.
    """
    ids = [signature for hold in lifted for signature in hold.lift_signatures]
    if not ids:
        return set()
    contents = ElectronicSignature.objects.filter(pk__in=ids).values_list("content", flat=True)
    return {(event, why) for text in contents for event, why in json.loads(text).get("accepted", [])}


def _revoke(assessment: Assessment, *, by: User, at: datetime) -> None:
    rows = assessment.rows
    found = (
        CohortClearance.objects.filter(
            cohort__study=rows.study,
            cohort__number=rows.cohort.number + 1,
            basis=ClearanceBasis.GATE_DECISION,
            revoked_at__isnull=True,
        )
        .select_related("cohort__study")
        .first()
    )
    if found is None:
        return
    reasons = _against_permission(assessment, found)
    if not reasons:
        return
    clearance.revoke(
        cohort=found.cohort,
        reason="; ".join(f"{reason.code}: {reason.message}" for reason in reasons),
        by=by,
        at=at,
    )
    _tell_of_revocation(found, assessment, reasons, at=at)


def _against_permission(assessment: Assessment, found: CohortClearance) -> tuple[Reason, ...]:
    """What ends the permission: under the policy in force, and under that of the decision which gave it.

    Open items of the checklist are drift: they show and end nothing. Source: house rule on latched revocation.
    """
    reasons = assessment.result.revoking_reasons
    review = GateReview.objects.filter(dossier_sha256=found.decision_sha256).first()
    if review is not None and review.protocol_version_id != assessment.rows.version.pk:
        reasons += assessment.under(assessment.rows.versions[review.protocol_version_id]).revoking_reasons
    return tuple(dict.fromkeys(reason for reason in reasons if reason.code not in _NOT_LATCHING))


def _tell_of_hold(hold: DosingHold, cohort: Cohort, *, at: datetime) -> None:
    notify(
        users=holders(study=hold.study, roles=(*_DECIDERS, *_BEDSIDE, Role.COORDINATOR), on=at),
        study=hold.study,
        key=f"hold:{hold.pk}",
        title=f"Dosing of cohort {cohort.number} is held",
        body=hold.reason,
        path=f"/gates/{cohort.number}/",
        at=at,
    )
    alert_running(cohort, key=f"hold:{hold.pk}:running", why=hold.reason, at=at)


def _tell_of_revocation(
    found: CohortClearance, assessment: Assessment, reasons: tuple[Reason, ...], *, at: datetime
) -> None:
    study = assessment.rows.study
    why = " ".join(reason.message for reason in reasons)
    notify(
        users=holders(study=study, roles=(*_DECIDERS, *_BEDSIDE), on=at),
        study=study,
        key=f"revoked:{found.pk}",
        title=f"Permission to dose cohort {found.cohort.number} is revoked",
        body=f"The gate of cohort {assessment.rows.cohort.number} no longer passes. {why}",
        path=f"/gates/{assessment.rows.cohort.number}/",
        at=at,
    )
    alert_running(found.cohort, key=f"revoked:{found.pk}:running", why=why, at=at)


def alert_running(cohort: Cohort, *, key: str, why: str, at: datetime) -> None:
    """An infusion that runs is never stopped by software: the principal investigator is told, and decides. G19."""
    running = Infusion.objects.filter(
        state__in=[InfusionState.RUNNING, InfusionState.PAUSED], subject__allocation__slot__cohort=cohort
    ).select_related("subject")
    names = ", ".join(str(infusion) for infusion in running)
    if not names:
        return
    notify(
        users=holders(study=cohort.study, roles=(Role.PRINCIPAL_INVESTIGATOR,), on=at),
        study=cohort.study,
        key=key,
        title=f"An infusion of cohort {cohort.number} is running: decide whether it goes on",
        body=f"{names} was not stopped. {why}",
        path="/infusions/",
        at=at,
    )
