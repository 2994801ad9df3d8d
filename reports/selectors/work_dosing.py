"""Work on infusions and product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from dosing.models import Infusion, ProductLot, ProductUnit
from dosing.rules.planning import GivingWindow, giving_window
from dosing.rules.release import late_result_due_at, pending_tests
from dosing.rules.states import InfusionState, LotState, UnitState
from dosing.selectors.custody import visible_follow_ups, visible_quarantines
from dosing.selectors.lots import lot_results
from enrollment.rules.states import SubjectState
from enrollment.selectors.subjects import visible_subjects
from reports import addresses
from reports.selectors.work_items import WorkGroup, WorkItem, group_of
from trial.edge.context import TrialContext
from trial.rules.site_time import site_date
from trial.templatetags.look import trial_date

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
        .annotate(
            had=given,
            to_come=to_come,
            planned=F("allocation__slot__cohort__infusions"),
            previous_at=Max("infusions__started_at"),
        )
        .filter(to_come=0, had__lt=F("planned"))
        .order_by("code")
    )
    regimen, zone = trial.definition.regimen, trial.access.timezone
    for subject in subjects[:MOST]:
        previous = site_date(subject.previous_at, timezone=zone) if subject.previous_at else None
        window = giving_window(previous, regimen=regimen) if previous else None
        yield WorkItem(
            kind="infusion_plan",
            title=_("Plan infusion %(number)s of %(planned)s")
            % {"number": subject.had + 1, "planned": subject.planned},
            subject=subject.code,
            detail=_("due until %(day)s") % {"day": trial_date(window.closes_on)} if window else _("no date yet"),
            due_on=window.opens_on if window else None,
            group=_when_to_plan(window, today=today),
            url=addresses.infusion_plan(subject.code),
            action=_("Plan"),
        )


def _when_to_plan(window: GivingWindow | None, *, today: date) -> WorkGroup:
    """Before its days begin; overdue only when they are over."""
    if window is None or window.opens_on <= today <= window.closes_on:
        return WorkGroup.TODAY
    return group_of(window.opens_on, today=today)


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


def quarantines_to_decide(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    waiting = visible_quarantines(trial).filter(decision="").order_by("began_at", "id")
    for quarantine in waiting[:MOST]:
        yield WorkItem(
            kind="quarantine",
            title=_("Decide on unit %(unit)s, set aside") % {"unit": str(quarantine.unit)},
            subject="",
            detail=quarantine.reason,
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.quarantine(quarantine.pk),
            action=_("Open quarantine"),
        )


def late_results_to_enter(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Results without which a lot was released, until they are in."""
    plan = trial.definition.product
    late = [criterion for criterion in plan.release_criteria if criterion.late]
    released = ProductLot.objects.filter(study=trial.study, state=LotState.RELEASED, released_at__isnull=False)
    missing = released.annotate(
        late_in=Count("release_tests", filter=Q(release_tests__code__in=[c.code for c in late]), distinct=True)
    ).filter(late_in__lt=len(late))
    lots = missing.prefetch_related("release_tests").order_by("released_at", "id")
    for lot in lots[:MOST]:
        for criterion in pending_tests(lot_results(lot), plan=plan):
            due_at = late_result_due_at(criterion, released_at=lot.released_at or trial.at)
            due_on = site_date(due_at, timezone=trial.access.timezone)
            yield WorkItem(
                kind="late_result",
                title=_("Enter the late result of lot %(lot)s: %(test)s")
                % {"lot": lot.number, "test": criterion.label},
                subject="",
                detail=_("released while it was pending"),
                due_on=due_on,
                group=group_of(due_on, today=today),
                url=addresses.lot(lot.number),
                action=_("Open lot"),
            )


def recipients_to_follow_up(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    waiting = visible_follow_ups(trial).filter(closed_at__isnull=True).order_by("opened_at", "id")
    for follow_up in waiting[:MOST]:
        yield WorkItem(
            kind="recipient",
            title=_("Follow up a recipient of lot %(lot)s") % {"lot": follow_up.lot.number},
            subject=follow_up.infusion.subject.code,
            detail=follow_up.finding,
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.follow_up(follow_up.pk),
            action=_("Open follow-up"),
        )


def _infusions(trial: TrialContext) -> QuerySet[Infusion]:
    infusions = Infusion.objects.filter(subject__study=trial.study).select_related("subject")
    sites = trial.access.sites(at=trial.at)
    if sites is not None:
        infusions = infusions.filter(subject__site_id__in=sites)
    return infusions.order_by("planned_on", "id")
