"""The plan of a participant's visits follows what happened: consent, allocation, infusions, withdrawal, death."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from dosing.events import InfusionStarted
from dosing.models import Infusion
from dosing.rules.states import InfusionState
from enrollment.events import ConsentGiven, ScreeningFailed, SubjectAllocated, SubjectRescreened, SubjectWithdrawn
from enrollment.models import Allocation, Screening, Subject
from enrollment.rules.collection import Activity
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.consents import withdrawn_of
from enrollment.selectors.eligibility import current_screening
from followup.models import Visit
from followup.rules.plan_changes import ExistingVisit, plan_changes
from followup.rules.states import VisitState
from followup.rules.visit_codes import codes_before, visit_order
from followup.rules.windows import PlannedVisit, plan_visits
from trial.models import User
from trial.protocol.schema import CohortPlan, ProtocolDefinition
from trial.rules.site_time import site_date
from trial.services import due
from trial.services.regulated import regulated

REMINDER = "visit_reminder"
OVERDUE = "visit_overdue"
_AFTER_CLOSING = timedelta(seconds=1)


def plan_after_consent(event: ConsentGiven) -> None:
    """The visits before the first infusion: screening and baseline."""
    if event.consent.status == ConsentStatus.SIGNED:
        replan(subject=event.consent.subject, by=event.by, at=event.at)


def plan_after_allocation(event: SubjectAllocated) -> None:
    """All visits of the subject's cohort; their days are known once infusions are."""
    replan(subject=event.allocation.subject, by=event.by, at=event.at)


def plan_after_infusion(event: InfusionStarted) -> None:
    """Windows from the infusions that took place, not from those that were planned."""
    replan(subject=event.infusion.subject, by=event.by, at=event.at)


def cancel_after_withdrawal(event: SubjectWithdrawn) -> None:
    """Withdrawal from treatment keeps the safety follow-up of what was given; one from follow-up ends what is to come.

    A visit whose window had opened by then may have taken place: it stays to be entered, or declared missed. Whoever
    withdrew from the use of data has none left: nothing new is entered of them.
    """
    withdrawn = withdrawn_of(event.subject)
    if withdrawn is None or withdrawn.stops(Activity.NEW_DATA):
        cancel_all(subject=event.subject, by=event.by, at=event.at)
    elif withdrawn.stops(Activity.VISIT):
        cancel_to_come(subject=event.subject, by=event.by, at=event.at)
    elif _given(event.subject):
        replan(subject=event.subject, by=event.by, at=event.at)
    else:
        cancel_all(subject=event.subject, by=event.by, at=event.at)


def cancel_after_screen_failure(event: ScreeningFailed) -> None:
    """Who failed screening has no visits to come."""
    cancel_all(subject=event.subject, by=event.by, at=event.at)


def plan_after_rescreening(event: SubjectRescreened) -> None:
    """Screening and baseline once more; without a consent in force they wait for it."""
    if event.screening.subject.consents.filter(status=ConsentStatus.SIGNED, withdrawn_at__isnull=True).exists():
        replan(subject=event.screening.subject, by=event.by, at=event.at)


def cancel_all(*, subject: Subject, by: User, at: datetime) -> None:
    """Nothing is planned any more for a participant who left or died; what was done stays."""
    with regulated(by=by, act="visits.cancel", study=subject.study):
        _cancel(list(Visit.objects.filter(subject=subject, state=VisitState.PLANNED)), at=at)


def cancel_to_come(*, subject: Subject, by: User, at: datetime) -> None:
    """Cancel the visits whose window has not opened. One that opens now is among those that may be under way."""
    with regulated(by=by, act="visits.cancel", study=subject.study):
        planned = Visit.objects.filter(subject=subject, state=VisitState.PLANNED)
        _cancel(list(planned.exclude(opens_at__lte=at)), at=at)


def replan(*, subject: Subject, by: User, at: datetime) -> None:
    """Bring the open visits in line with the schedule. Visits done or missed are never touched.

    Source: schedule of assessments of the protocol version under which the subject takes part.
    """
    with regulated(by=by, act="visits.plan", study=subject.study):
        existing = {visit.code: visit for visit in Visit.objects.filter(subject=subject)}
        definition = subject.protocol_version.definition
        changes = plan_changes([_existing(visit) for visit in existing.values()], planned=_plan(subject, definition))
        order = visit_order(
            schedule=definition.schedule,
            infusions=max(cohort.infusions for cohort in definition.cohorts),
            attempts=subject.screenings.count(),
        )
        _cancel([existing[code] for code in changes.cancelled], at=at)
        for planned in changes.wanted:
            visit = existing.get(planned.code) or Visit(subject=subject, code=planned.code)
            _bring_in_line(visit, planned, sequence=order.index(planned.code) + 1)
            plan_due(visit, lead_days=definition.schedule.reminder_lead_days, at=at)


def plan_due(visit: Visit, *, lead_days: int, at: datetime) -> None:
    """A reminder some days before the window opens, or at its opening if that is nearer; a notice once it closed.

    Of a window that is open already nobody is reminded: the visit stands among what is due.
    """
    if visit.opens_at is not None and visit.opens_at >= at:
        lead_at = visit.opens_at - timedelta(days=lead_days)
        _plan_item(visit, REMINDER, lead_at if lead_at >= at else visit.opens_at)
    if visit.closes_at is not None:
        _plan_item(visit, OVERDUE, visit.closes_at + _AFTER_CLOSING)


def cancel_due(visits: list[Visit], *, at: datetime) -> None:
    due.cancel(keys=[due_key(visit, kind) for visit in visits for kind in (REMINDER, OVERDUE)], at=at)


def due_key(visit: Visit, kind: str) -> str:
    return f"{kind}:{visit.pk}"


def _plan_item(visit: Visit, kind: str, due_at: datetime) -> None:
    due.plan(study=visit.subject.study, kind=kind, key=due_key(visit, kind), reference=str(visit.pk), due_at=due_at)


def _existing(visit: Visit) -> ExistingVisit:
    return ExistingVisit(code=visit.code, state=VisitState(visit.state), merged_with=visit.merged_with)


def _plan(subject: Subject, definition: ProtocolDefinition) -> tuple[PlannedVisit, ...]:
    """The visits of the cohort, or, as long as there is none, those that come before an infusion."""
    zone = subject.site.timezone
    cohort = _course(subject, definition)
    screening = current_screening(subject)
    before = codes_before(schedule=definition.schedule, attempt=screening.attempt)
    planned = plan_visits(
        schedule=definition.schedule,
        cohort=cohort or definition.cohorts[0],
        regimen=definition.regimen,
        timezone=zone,
        consent_on=_screened_from(screening, zone),
        infusions=_given(subject),
        as_recorded=True,
    )
    return tuple(
        replace(visit, code=before.get(visit.code, visit.code))
        for visit in planned
        if cohort is not None or visit.code in before
    )


def _course(subject: Subject, definition: ProtocolDefinition) -> CohortPlan | None:
    """The infusions the subject is to receive; after the end of treatment, those that were given. None: no cohort."""
    allocation = Allocation.objects.filter(subject=subject).select_related("slot__cohort").first()
    if allocation is None:
        return None
    plan = definition.cohort(allocation.slot.cohort.number)
    given = len(_given(subject))
    is_over = subject.withdrawn_on is not None or _was_withheld(subject)
    return plan.model_copy(update={"infusions": given}) if is_over and given else plan


def _was_withheld(subject: Subject) -> bool:
    return Infusion.objects.filter(subject=subject, state=InfusionState.NOT_GIVEN).exists()


def _given(subject: Subject) -> tuple[datetime | None, ...]:
    """When each began, by its number; None for one that was left out before another was given."""
    rows = Infusion.objects.filter(subject=subject, started_at__isnull=False)
    starts = dict(rows.values_list("number", "started_at"))
    return tuple(starts.get(number) for number in range(1, max(starts, default=0) + 1))


def _screened_from(screening: Screening, zone: str) -> date | None:
    """The site-local day from which screening visits may take place: that of consent, or of a later attempt."""
    first = screening.subject.consents.filter(status=ConsentStatus.SIGNED).order_by("given_at").first()
    if first is None:
        return None
    consented_on = site_date(first.given_at, timezone=zone)
    if screening.attempt == 1:
        return consented_on
    return max(consented_on, site_date(screening.started_at, timezone=zone))


def _bring_in_line(visit: Visit, planned: PlannedVisit, *, sequence: int) -> None:
    """Write only what differs: history shows changes of the plan, not repetitions of it."""
    wanted = {
        "infusion_number": planned.infusion,
        "merged_with": planned.merged_with or "",
        "sequence": sequence,
        "nominal_on": planned.nominal_on,
        "opens_at": planned.opens_at,
        "closes_at": planned.closes_at,
        "state": VisitState.PLANNED.value,
    }
    changed = [name for name, value in wanted.items() if visit.pk is None or getattr(visit, name) != value]
    for name in changed:
        setattr(visit, name, wanted[name])
    if visit.pk is None:
        visit.save(force_insert=True)
    elif changed:
        visit.save(update_fields=changed)


def _cancel(visits: list[Visit], *, at: datetime) -> None:
    for visit in visits:
        visit.state = VisitState.CANCELLED
        visit.save(update_fields=["state"])
    cancel_due(visits, at=at)
