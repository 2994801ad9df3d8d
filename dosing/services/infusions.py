"""The infusion: planned, started under the guard, or not given. Its course stands in ``infusion_course``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dosing.models import Infusion
from dosing.rules.course import is_departure, may_start_after_waiting
from dosing.rules.guard import may_start
from dosing.rules.guard_facts import GuardFacts
from dosing.rules.guard_intervals import interval_reasons
from dosing.rules.planning import PlanningFacts, may_plan
from dosing.rules.reasons_given import reason_given
from dosing.rules.states import InfusionState, NotGivenBecause
from dosing.selectors.guard import guard_facts, infusion_for_guard
from dosing.services.beginning import begin
from dosing.services.departures import raise_departure
from dosing.services.doses import planned_volume_ml
from dosing.services.missed import MISSED_ABOUT
from dosing.services.states import advance
from enrollment.models import Allocation, Subject
from trial.errors import RuleViolation, require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date
from trial.rules.states import DeviationCategory
from trial.services.regulated import regulated


def plan(*, subject: Subject, number: int, planned_on: date, by: User, at: datetime) -> Infusion:
    """Plan an infusion of an allocated subject for a site-local day."""
    with regulated(by=by, act="infusions.plan", study=subject.study):
        require_permission(by, Permission.INFUSION_PREPARE, study=subject.study, at=at, site=subject.site)
        allocation = Allocation.objects.filter(subject=subject, vacated_at__isnull=True).select_related("slot__cohort")
        cohort = next((a.slot.cohort for a in allocation), None)
        facts = PlanningFacts(
            cohort_infusions=cohort.infusions if cohort else None,
            planned=tuple(subject.infusions.values_list("number", flat=True)),
            number=number,
            planned_on=planned_on,
        )
        require(may_plan(facts, today=site_date(at, timezone=subject.site.timezone)))
        return Infusion.objects.create(
            subject=subject, number=number, planned_on=planned_on, protocol_version=subject.protocol_version
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEntry:
    """``started_at`` None: now. An earlier time is a late entry and needs its reason.

    ``waited``: how long the request waited for the connection after somebody pressed Start.
    """

    started_at: datetime | None = None
    late_entry_reason: str = ""
    interval_reason: str = ""
    waited: timedelta = timedelta()


def start(*, infusion: Infusion, entry: StartEntry, by: User, at: datetime) -> Infusion:
    """Start an infusion, if no reason stands against it. The irreversible act.

    1. who may; 2. the study lock; 3. the facts, read under it; 4. the guard, all reasons; 5. write: the
    database asks its own guard again; 6. the unit is used, the subject on treatment; 7. follow-up plans visits, safety
    opens the window. Of two starts at once exactly one wins. Source: Protocol, regimen; decisions 10, 13, 22.
    Raises ``RuleViolation`` with every reason, ``NotPermitted``.
    """
    study = infusion.subject.study
    with regulated(by=by, act="infusions.start", study=study, reason=entry.late_entry_reason):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        if infusion.started_at is not None:
            raise RuleViolation(_started_already(infusion))
        infusion.interval_reason = entry.interval_reason or infusion.interval_reason
        started_at = entry.started_at or at
        definition = infusion.subject.protocol_version.definition
        require(may_start_after_waiting(waited=entry.waited, regimen=definition.regimen))
        facts_now = guard_facts(infusion, performer=by, at=at)
        facts = facts_now if started_at == at else guard_facts(infusion, performer=by, at=started_at)
        guard = may_start(
            facts,
            facts_now=facts_now,
            regimen=definition.regimen,
            product=definition.product,
            started_at=started_at,
            at=at,
            late_entry_reason=entry.late_entry_reason,
        )
        require(guard)
        advance(infusion, InfusionState.RUNNING)
        infusion.started_at = started_at
        infusion.performed_by = by
        infusion.late_entry_reason = entry.late_entry_reason
        infusion.planned_volume_ml = planned_volume_ml(infusion)
        infusion.save()
        _note_overdue_interval(infusion, facts, by=by, at=at)
        begin(infusion, by=by, at=at)
        return infusion


def not_given(*, infusion: Infusion, because: NotGivenBecause, reason: str, by: User, at: datetime) -> Infusion:
    """Record that a planned infusion will not be given, and why. Raises ``RuleViolation`` without a reason.

    Withheld for safety it is no departure; one withheld because of an adverse event counts by that event (G28).
    """
    study = infusion.subject.study
    with regulated(by=by, act="infusions.not_given", study=study, reason=reason):
        require_permission(by, Permission.INFUSION_ADMINISTER, study=study, at=at, site=infusion.subject.site)
        require(reason_given(reason))
        infusion = infusion_for_guard(infusion.pk)
        advance(infusion, InfusionState.NOT_GIVEN)
        infusion.not_given_because, infusion.not_given_reason = because, reason
        infusion.save(update_fields=["state", "not_given_because", "not_given_reason"])
        if is_departure(because):
            raise_departure(
                infusion,
                category=DeviationCategory.MISSED,
                code="DOS-NOT-GIVEN",
                about=MISSED_ABOUT,
                description=f"planned and not given: {reason}",
                occurred_at=at,
                by=by,
                at=at,
            )
        return infusion


def _note_overdue_interval(infusion: Infusion, facts: GuardFacts, *, by: User, at: datetime) -> None:
    """An interval that was overdue did not block; it is a deviation. Source: decision 13; G29."""
    started_at = infusion.started_at or at
    regimen = infusion.subject.protocol_version.definition.regimen
    silent = replace(facts, interval_reason="")
    codes = [reason.code for reason in interval_reasons(silent, regimen=regimen, at=started_at)]
    if "DOS-INTERVAL-REASON" in codes:
        raise_departure(
            infusion,
            category=DeviationCategory.INTERVAL,
            code="DOS-INTERVAL-OVERDUE",
            about="interval",
            description=f"given after its interval was over: {infusion.interval_reason}",
            occurred_at=started_at,
            by=by,
            at=at,
        )


def _started_already(infusion: Infusion) -> Decision:
    who = infusion.performed_by.printed_name if infusion.performed_by else "somebody"
    message = f"{who} has started this infusion already ({infusion.started_at:%Y-%m-%d %H:%M} UTC)."
    return Decision((Reason("DOS-STARTED", message, "House rule: an infusion starts once"),))
