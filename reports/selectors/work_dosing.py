"""Work on infusions and product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from dosing.models import Infusion, ProductLot, ProductUnit
from dosing.rules.states import InfusionState, LotState, UnitState
from enrollment.rules.states import SubjectState
from enrollment.selectors.subjects import visible_subjects
from reports import addresses
from reports.selectors.work_items import WorkGroup, WorkItem, group_of
from trial.edge.context import TrialContext

MOST = 100
_TO_COME = (InfusionState.PLANNED, InfusionState.CLEARED, InfusionState.PRODUCT_ISSUED)
_GOING_ON = (InfusionState.RUNNING, InfusionState.PAUSED)
_WITHOUT_PRODUCT = (InfusionState.PLANNED, InfusionState.CLEARED)
# Whoever left treatment in one of the other states gets no further infusion.
_TREATED = (SubjectState.ALLOCATED, SubjectState.ON_TREATMENT)


def infusions_to_plan(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Subjects in a slot who have fewer infusions, given or planned, than their cohort receives, and none planned."""
    given = Count("infusions", filter=~Q(infusions__state=InfusionState.NOT_GIVEN), distinct=True)
    to_come = Count("infusions", filter=Q(infusions__state__in=(*_TO_COME, *_GOING_ON)), distinct=True)
    subjects = (
        visible_subjects(trial)
        .select_related(None)
        .filter(state__in=_TREATED, allocation__vacated_at__isnull=True)
        .annotate(had=given, to_come=to_come, planned=F("allocation__slot__cohort__infusions"))
        .filter(to_come=0, had__lt=F("planned"))
        .order_by("code")
    )
    for subject in subjects[:MOST]:
        yield WorkItem(
            kind="infusion_plan",
            title=_("Plan infusion %(number)s of %(planned)s")
            % {"number": subject.had + 1, "planned": subject.planned},
            subject=subject.code,
            detail=_("no date yet"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.infusion_plan(subject.code),
            action=_("Plan"),
        )


def infusions_to_give(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    for infusion in _infusions(trial).filter(state__in=(*_TO_COME, *_GOING_ON))[:MOST]:
        goes_on = infusion.state in _GOING_ON
        yield WorkItem(
            kind="infusion",
            title=_("Infusion %(number)s") % {"number": infusion.number},
            subject=infusion.subject.code,
            detail=_("running") if goes_on else _("planned"),
            due_on=today if goes_on else infusion.planned_on,
            group=WorkGroup.TODAY if goes_on else group_of(infusion.planned_on, today=today),
            url=addresses.infusion(infusion.pk),
            action=_("Open bedside page"),
        )


def units_to_issue(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Planned infusions for which no unit was handed out yet; an assigned one is thawed and issued on its own page."""
    meant = ProductUnit.objects.filter(
        assigned_subject=OuterRef("subject"), assigned_infusion_number=OuterRef("number")
    )
    infusions = (
        _infusions(trial)
        .filter(state__in=_WITHOUT_PRODUCT)
        .exclude(Exists(meant.filter(state=UnitState.ISSUED)))
        .annotate(meant=Subquery(meant.filter(state=UnitState.ASSIGNED).values("pk")[:1]))
    )
    for infusion in infusions[:MOST]:
        yield WorkItem(
            kind="unit",
            title=_("Prepare and issue product for infusion %(number)s") % {"number": infusion.number},
            subject=infusion.subject.code,
            detail=_("no unit assigned") if infusion.meant is None else _("unit assigned, not issued"),
            due_on=infusion.planned_on,
            group=group_of(infusion.planned_on, today=today),
            url=addresses.product() if infusion.meant is None else addresses.unit(infusion.meant),
            action=_("Choose a unit") if infusion.meant is None else _("Open unit"),
        )


def lots_to_release(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    lots = ProductLot.objects.filter(study=trial.study, state=LotState.QUARANTINED).order_by("received_at", "id")
    for lot in lots[:MOST]:
        yield WorkItem(
            kind="lot",
            title=_("Decide on the release of lot %(lot)s") % {"lot": lot.number},
            subject="",
            detail=_("in quarantine"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.lot(lot.number),
            action=_("Open lot"),
        )


def _infusions(trial: TrialContext) -> QuerySet[Infusion]:
    infusions = Infusion.objects.filter(subject__study=trial.study).select_related("subject")
    sites = trial.access.sites(at=trial.at)
    if sites is not None:
        infusions = infusions.filter(subject__site_id__in=sites)
    return infusions.order_by("planned_on", "id")
