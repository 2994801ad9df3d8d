"""After the infusion: the end of the observation, the discharge, what was left in the unit."""

from __future__ import annotations

from datetime import datetime

from dosing.models import Infusion
from dosing.rules.course import may_discharge, may_end_observation, observed_long_enough
from dosing.selectors.course import unanswered_alerts
from dosing.selectors.guard import infusion_for_guard
from dosing.selectors.series import plan_of
from dosing.services.departures import raise_departure
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.states import DeviationCategory
from trial.services.regulated import regulated


def end(*, infusion: Infusion, by: User, at: datetime, happened_at: datetime | None = None) -> Infusion:
    """The observation on the day of the infusion is over. Shorter than the series asks it is a deviation."""
    study = infusion.subject.study
    observed_until = happened_at or at
    with regulated(by=by, act="infusions.end_observation", study=study):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        decision = may_end_observation(
            ended_at=infusion.ended_at,
            observed_until=observed_until,
            already=infusion.observation_ended_at is not None,
            unanswered=unanswered_alerts(infusion),
            at=at,
        )
        require(decision)
        infusion.observation_ended_at = observed_until
        infusion.save(update_fields=["observation_ended_at"])
        _note_short(infusion, observed_until, by=by, at=at)
        return infusion


def discharge(*, infusion: Infusion, by: User, at: datetime, happened_at: datetime | None = None) -> Infusion:
    """The participant leaves the ward, after the observation."""
    study = infusion.subject.study
    discharged_at = happened_at or at
    with regulated(by=by, act="infusions.discharge", study=study):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        require(
            may_discharge(
                observation_ended_at=infusion.observation_ended_at,
                discharged_at=discharged_at,
                already=infusion.discharged_at is not None,
                at=at,
            )
        )
        infusion.discharged_at = discharged_at
        infusion.save(update_fields=["discharged_at"])
        return infusion


def _note_short(infusion: Infusion, observed_until: datetime, *, by: User, at: datetime) -> None:
    if infusion.ended_at is None:
        return
    if observed_long_enough(ended_at=infusion.ended_at, observed_until=observed_until, plan=plan_of(infusion)):
        return
    minutes = int((observed_until - infusion.ended_at).total_seconds() // 60)
    raise_departure(
        infusion,
        category=DeviationCategory.MONITORING,
        code="DOS-OBSERVATION-SHORT",
        about="observation",
        description=f"the observation ended {minutes} minutes after the infusion, before its series was over.",
        occurred_at=observed_until,
        by=by,
        at=at,
    )
