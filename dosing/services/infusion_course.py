"""The course of a running infusion: paused, resumed, ended with what was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.events import InfusionEnded
from dosing.models import Infusion, Interruption
from dosing.rules.course import in_order, may_end, may_pause, may_resume
from dosing.rules.states import CustodyStep, InfusionState, PauseReason, StopReason
from dosing.selectors.course import last_happened_at, unanswered_alerts
from dosing.selectors.guard import infusion_for_guard
from dosing.services import custody, series
from dosing.services.departures import judge_dose
from dosing.services.doses import dose_of_volume
from dosing.services.states import advance
from enrollment.models import Allocation
from enrollment.rules.states import SubjectState
from enrollment.services import states as subject_states
from trial.errors import require
from trial.events import publish
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """Millilitres. ``residual_ml``: what was left in the unit; ``flush_ml``: what the line was rinsed with."""

    infused_ml: Decimal
    residual_ml: Decimal | None = None
    flush_ml: Decimal | None = None


def pause(
    *,
    infusion: Infusion,
    reason: PauseReason,
    note: str,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
) -> Infusion:
    """Pause a running infusion. ``happened_at`` None: now; else when it was done, if that is entered later."""
    paused_at = happened_at or at
    with _acting(infusion, act="infusions.pause", by=by, at=at, happened_at=paused_at, why=note) as fresh:
        require(may_pause(reason=reason, note=note))
        advance(fresh, InfusionState.PAUSED)
        fresh.save(update_fields=["state"])
        Interruption.objects.create(infusion=fresh, paused_at=paused_at, paused_by=by, reason=reason, note=note)
        _link(fresh, CustodyStep.PAUSED, by=by, at=at, happened_at=paused_at)
    return fresh


def resume(*, infusion: Infusion, by: User, at: datetime, happened_at: datetime | None = None) -> Infusion:
    """Go on with a paused infusion: a hold does not stop a running one, nor its second half (decision 10).

    Nobody goes on past an alert that nobody has answered.
    """
    resumed_at = happened_at or at
    with _acting(infusion, act="infusions.resume", by=by, at=at, happened_at=resumed_at) as fresh:
        require(may_resume(state=InfusionState(fresh.state), unanswered=unanswered_alerts(fresh)))
        advance(fresh, InfusionState.RUNNING)
        fresh.save(update_fields=["state"])
        Interruption.objects.filter(infusion=fresh, resumed_at__isnull=True).update(
            resumed_at=resumed_at, resumed_by=by
        )
        _link(fresh, CustodyStep.RESUMED, by=by, at=at, happened_at=resumed_at)
    return fresh


def complete(
    *, infusion: Infusion, volumes: Volumes, by: User, at: datetime, happened_at: datetime | None = None
) -> Infusion:
    """End an infusion that was given as planned, with the volume that ran in (mL)."""
    with _acting(infusion, act="infusions.end", by=by, at=at, happened_at=happened_at or at) as fresh:
        _end(fresh, InfusionState.COMPLETED, volumes, ended_at=happened_at or at, by=by, at=at)
    return fresh


def stop(
    *,
    infusion: Infusion,
    volumes: Volumes,
    reason: StopReason,
    note: str,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
) -> Infusion:
    """Stop an infusion before its end, with its reason and the volume that had run in (mL)."""
    with _acting(infusion, act="infusions.end", by=by, at=at, happened_at=happened_at or at, why=note) as fresh:
        fresh.stop_reason, fresh.stop_note = reason, note
        _end(fresh, InfusionState.STOPPED_EARLY, volumes, ended_at=happened_at or at, by=by, at=at)
    return fresh


@contextmanager
def _acting(
    infusion: Infusion, *, act: str, by: User, at: datetime, happened_at: datetime, why: str = ""
) -> Iterator[Infusion]:
    """The frame of every act: who may, the study lock, the infusion read again under it, the order in time."""
    study = infusion.subject.study
    with regulated(by=by, act=act, study=study, reason=why):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        fresh = infusion_for_guard(infusion.pk)
        require(in_order(happened_at=happened_at, after=last_happened_at(fresh), at=at))
        yield fresh


def _end(
    infusion: Infusion, state: InfusionState, volumes: Volumes, *, ended_at: datetime, by: User, at: datetime
) -> None:
    """What was given decides at once: out of tolerance is a deviation, too little is not evaluable. G35, G37."""
    advance(infusion, state)
    if infusion.unit is not None:
        require(
            may_end(
                unit_volume_ml=infusion.unit.volume_ml, infused_ml=volumes.infused_ml, residual_ml=volumes.residual_ml
            )
        )
    dose = dose_of_volume(infusion, infused_ml=volumes.infused_ml)
    infusion.ended_at = ended_at
    infusion.infused_volume_ml = volumes.infused_ml
    infusion.residual_volume_ml, infusion.flush_ml = volumes.residual_ml, volumes.flush_ml
    infusion.given_million_per_kg = dose.given_million_per_kg
    infusion.save()
    _link(infusion, CustodyStep.ENDED, by=by, at=at, happened_at=ended_at)
    judge_dose(infusion, dose, by=by, at=at)
    series.plan_after_end(infusion)
    _close_treatment(infusion)
    publish(InfusionEnded(infusion=infusion, by=by, at=at))


def _close_treatment(infusion: Infusion) -> None:
    """After the last planned infusion the subject is in follow-up."""
    allocation = Allocation.objects.filter(subject=infusion.subject, vacated_at__isnull=True)
    planned = allocation.values_list("slot__cohort__infusions", flat=True).first()
    if infusion.subject.state == SubjectState.ON_TREATMENT and infusion.number == planned:
        subject_states.advance(infusion.subject, SubjectState.FOLLOW_UP)


def _link(infusion: Infusion, step: CustodyStep, *, by: User, at: datetime, happened_at: datetime) -> None:
    if infusion.unit is not None:
        custody.record(unit=infusion.unit, step=step, by=by, at=at, happened_at=happened_at)
