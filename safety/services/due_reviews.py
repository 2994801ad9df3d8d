"""When a gate review falls due, and who is told."""

from __future__ import annotations

from datetime import datetime

from dosing.events import InfusionStarted
from enrollment.models import Allocation
from safety.selectors.gate import Assessment, assess
from trial.models import Cohort, DueItem, Study, User
from trial.rules.roles import Role
from trial.rules.site_time import at_site
from trial.services import due
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

KIND = "gate_review"
_TOLD = (Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR, Role.COORDINATOR, Role.SPONSOR)


def plan_after_infusion(event: InfusionStarted) -> None:
    """Each infusion moves the gate's clock of its cohort."""
    allocation = Allocation.objects.filter(subject=event.infusion.subject).select_related("slot__cohort__study").first()
    if allocation is not None:
        plan_review(allocation.slot.cohort, by=event.by, at=event.at)


def plan_review(cohort: Cohort, *, by: User, at: datetime) -> None:
    """Plan the review for 00:00 of the day after the last observation window, once enough subjects were dosed.

    A review that was announced and is due again later, after a replacement for instance, is announced again: the key
    names the day. Source: gate clock, day 29 of the last evaluable subject needed.
    """
    with regulated(by=by, act="gate_reviews.plan", study=cohort.study):
        due_at = assess(cohort, at=at).result.earliest_review_at
        wanted = None if due_at is None else f"gate:{cohort.pk}:{due_at:%Y-%m-%d}"
        open_keys = DueItem.objects.filter(kind=KIND, reference=str(cohort.pk), done_at__isnull=True)
        due.cancel(keys=[key for key in open_keys.values_list("key", flat=True) if key != wanted], at=at)
        if due_at is not None and wanted is not None:
            due.plan(study=cohort.study, kind=KIND, key=wanted, reference=str(cohort.pk), due_at=due_at)


def announce(*, study: Study, reference: str, at: datetime) -> None:
    """Tell who reviews that the gate can be looked at, with its result now and everything it still lacks."""
    cohort = Cohort.objects.select_related("study").get(pk=int(reference), study=study)
    assessment = assess(cohort, at=at)
    on = at_site(at, timezone=assessment.timezone)
    notify(
        users=holders(study=study, roles=_TOLD, on=at),
        study=study,
        key=f"gate:{cohort.pk}:{on:%Y-%m-%d}",
        title=f"The review of the gate of cohort {cohort.number} is due",
        body=_said(assessment),
        path=f"/gates/{cohort.number}/",
        at=at,
    )


def _said(assessment: Assessment) -> str:
    lines = [f"{reason.message} ({reason.code})" for reason in assessment.result.reasons]
    return "\n".join([f"Result now: {assessment.result.result.value}.", *lines])
