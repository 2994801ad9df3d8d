"""Infusions as a person may see them: those of the subjects of their sites."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404

from dosing.models import Infusion, ProductUnit
from dosing.rules.planning import PlanningFacts, next_number
from dosing.rules.states import NOT_STARTED, UnitState
from dosing.selectors.guard import RELATED
from enrollment.models import Allocation, Subject
from trial.edge.context import TrialContext
from trial.models import AuditEvent
from trial.rules.site_time import site_date


def visible_infusions(trial: TrialContext) -> QuerySet[Infusion]:
    """In one query with everything that a row or a page of an infusion shows."""
    rows = Infusion.objects.filter(subject__study=trial.study).select_related(*RELATED)
    sites = trial.access.sites(at=trial.at)
    return rows if sites is None else rows.filter(subject__site_id__in=sites)


def infusion_or_404(trial: TrialContext, pk: int) -> Infusion:
    return get_object_or_404(visible_infusions(trial), pk=pk)


def waiting_for_a_unit(trial: TrialContext) -> QuerySet[Infusion]:
    """Infusions that are planned, not begun, and have no unit assigned or issued."""
    meant = ProductUnit.objects.filter(
        assigned_subject=OuterRef("subject"),
        assigned_infusion_number=OuterRef("number"),
        state__in=[UnitState.ASSIGNED, UnitState.ISSUED],
    )
    rows = visible_infusions(trial).filter(~Exists(meant), state__in=[state.value for state in NOT_STARTED])
    return rows.order_by("planned_on", "subject__code")


def planning_facts(subject: Subject, *, trial: TrialContext) -> PlanningFacts:
    """What planning the next infusion for today would be judged by."""
    cohort = Allocation.objects.filter(subject=subject, vacated_at__isnull=True).select_related("slot__cohort").first()
    planned = tuple(subject.infusions.order_by("number").values_list("number", flat=True))
    return PlanningFacts(
        cohort_infusions=cohort.slot.cohort.infusions if cohort else None,
        planned=planned,
        number=next_number(planned),
        planned_on=site_date(trial.at, timezone=subject.site.timezone),
    )


def what_happened(infusion: Infusion) -> QuerySet[AuditEvent]:
    """Start and end, as history has them: who and when. Pauses have rows of their own. One query."""
    acts = ["infusions.start", "breaches.record", "infusions.end", "infusions.not_given"]
    mine = AuditEvent.objects.filter(table_name="dosing_infusion", row_id=str(infusion.pk), act__in=acts)
    return mine.order_by("id")
