"""Permission is withdrawn by facts, at once and by itself: holds inside a cohort, revocation of the next one."""

from __future__ import annotations

from datetime import datetime

from dosing.events import InfusionEnded
from dosing.models import Infusion
from dosing.rules.states import InfusionState
from enrollment.events import SubjectFound, SubjectLost, SubjectWithdrawn
from enrollment.models import Allocation, Subject
from followup.events import ContactRecorded, ContactVoided
from safety.selectors.gate import Assessment, assess
from safety.selectors.withdrawing import against_permission, clearance_given, events_that_hold, hold_cause
from safety.services import due_reviews
from trial.models import Cohort, CohortClearance, DosingHold, User
from trial.rules.decision import Reason
from trial.rules.roles import Role
from trial.rules.states import HoldKind
from trial.services import clearance, holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

_DECIDERS = (Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR)
# Whoever learns that a cohort opened learns as well that it is held or closed again.
_TOLD = (
    *_DECIDERS,
    Role.SUBINVESTIGATOR,
    Role.DSMB_MEMBER,
    Role.COORDINATOR,
    Role.NURSE,
    Role.PHARMACIST,
    Role.SPONSOR,
)


def cohort_of(subject: Subject) -> Cohort | None:
    """The cohort in which the subject received, or was to receive, infusions; also after the slot was vacated."""
    allocation = Allocation.objects.filter(subject=subject).select_related("slot__cohort__study").first()
    return None if allocation is None else allocation.slot.cohort


def recheck_after_leaving(event: SubjectWithdrawn | SubjectLost | SubjectFound) -> None:
    """Who withdrew or was lost inside the window is not evaluable, and the gate's clock may hang on somebody else.

    Who is found again may be evaluable once more: the review is planned anew, and what was closed stays closed.
    """
    _recheck_gate_of(event.subject, by=event.by, at=event.at)


def recheck_after_contact(event: ContactRecorded | ContactVoided) -> None:
    """A call may stand for the last visit of a window, or no longer do so."""
    _recheck_gate_of(event.contact.subject, by=event.by, at=event.at)


def _recheck_gate_of(subject: Subject, *, by: User, at: datetime) -> None:
    cohort = cohort_of(subject)
    if cohort is not None:
        recheck(cohort, by=by, at=at)
        due_reviews.plan_review(cohort, by=by, at=at)


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
    rows = assessment.rows
    for event in events_that_hold(assessment):
        hold = holds.place(
            study=rows.study,
            cohort=rows.cohort,
            kind=HoldKind.QUALIFYING_EVENT,
            reason=f"{event.id} counts against the gate of cohort {rows.cohort.number}: {event.why}.",
            cause=hold_cause(event),
            by=by,
            at=at,
        )
        _tell_of_hold(hold, rows.cohort, at=at)


def _revoke(assessment: Assessment, *, by: User, at: datetime) -> None:
    found = clearance_given(assessment.rows)
    reasons = () if found is None else against_permission(assessment, found)
    if found is None or not reasons:
        return
    clearance.revoke(
        cohort=found.cohort,
        reason="; ".join(f"{reason.code}: {reason.message}" for reason in reasons),
        by=by,
        at=at,
    )
    _tell_of_revocation(found, assessment, reasons, at=at)


def _tell_of_hold(hold: DosingHold, cohort: Cohort, *, at: datetime) -> None:
    notify(
        users=holders(study=hold.study, roles=_TOLD, on=at),
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
        users=holders(study=study, roles=_TOLD, on=at),
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
