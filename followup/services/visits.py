"""Entering that a visit took place, or formally that it did not."""

from __future__ import annotations

from datetime import datetime

from enrollment.models import InformedConsent
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.consents import withdrawn_of
from followup.models import Visit
from followup.rules.attendance import VisitFacts, may_complete, may_mark_missed
from followup.rules.states import AdverseEventAnswer, VisitState
from followup.rules.visit_codes import visit_plan_of
from followup.services.visit_plans import cancel_due
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision
from trial.services.regulated import regulated


def complete(
    *, visit: Visit, done_at: datetime, adverse_events_asked: AdverseEventAnswer, note: str, by: User, at: datetime
) -> Visit:
    """Enter that a visit took place at ``done_at``, with the answer to the question about adverse events.

    Source: schedule of assessments; gate readiness checklist. Raises ``RuleViolation``, ``NotPermitted``.
    """
    study = visit.subject.study
    with regulated(by=by, act="visits.complete", study=study):
        require_permission(by, Permission.VISIT_EDIT, study=study, at=at, site=visit.subject.site)
        visit = fresh(visit)
        require(
            may_complete(
                visit_facts(visit, done_at=done_at), done_at=done_at, asked=adverse_events_asked, note=note, at=at
            )
        )
        visit.state = VisitState.DONE
        visit.done_at = done_at
        visit.adverse_events_asked = adverse_events_asked
        visit.note = note.strip()
        _enter(visit, by=by, at=at, fields=["done_at", "adverse_events_asked", "note"])
        return visit


def mark_missed(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """Declare formally that a visit was missed, so its absence is data. Raises ``RuleViolation``, ``NotPermitted``."""
    study = visit.subject.study
    with regulated(by=by, act="visits.mark_missed", study=study, reason=reason):
        require_permission(by, Permission.VISIT_EDIT, study=study, at=at, site=visit.subject.site)
        visit = fresh(visit)
        require(missed_decision(visit, reason=reason, at=at))
        visit.state = VisitState.MISSED
        visit.missed_reason = reason.strip()
        _enter(visit, by=by, at=at, fields=["missed_reason"])
        return visit


def missed_decision(visit: Visit, *, reason: str, at: datetime) -> Decision:
    return may_mark_missed(visit_facts(visit, done_at=at), reason=reason, at=at)


def fresh(visit: Visit) -> Visit:
    """The visit as it stands under the study lock, with everything its rules ask for."""
    return Visit.objects.select_related("subject__study", "subject__site", "subject__protocol_version").get(pk=visit.pk)


def visit_facts(visit: Visit, *, done_at: datetime) -> VisitFacts:
    schedule = visit.subject.protocol_version.definition.schedule
    codes = [visit.code, visit.merged_with] if visit.merged_with else [visit.code]
    plans = [visit_plan_of(code, schedule=schedule) for code in codes]
    return VisitFacts(
        code=visit.code,
        state=VisitState(visit.state),
        plans=tuple(plan for plan in plans if plan is not None),
        opens_at=visit.opens_at,
        closes_at=visit.closes_at,
        consented=_consented(visit, done_at=done_at),
        timezone=visit.subject.site.timezone,
        withdrawn=withdrawn_of(visit.subject),
    )


def _consented(visit: Visit, *, done_at: datetime) -> bool:
    return InformedConsent.objects.filter(
        subject=visit.subject, status=ConsentStatus.SIGNED, given_at__lte=done_at
    ).exists()


def _enter(visit: Visit, *, by: User, at: datetime, fields: list[str]) -> None:
    visit.recorded_at = at
    visit.recorded_by = by
    visit.save(update_fields=["state", "recorded_at", "recorded_by", *fields])
    cancel_due([visit], at=at)
