"""Which visits a participant has, and when each of them may take place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from followup.rules.course import CourseInfusion, infusion_course
from trial.protocol.schema import Anchor, CohortPlan, Regimen, Schedule, VisitPlan
from trial.rules.site_time import end_of_day, shift, start_of_day


@dataclass(frozen=True, slots=True)
class VisitWindow:
    """From when until when, both ends inclusive, on the site's clock. ``None``: not known yet."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None


NOT_KNOWN = VisitWindow()


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit of one participant with its window, both ends inclusive.

    ``code`` carries the infusion where there is one per infusion ("I2D7"); ``plan_code`` is the row of the protocol's
    schedule ("D7"). ``merged_with`` names the visit that this one also is: that of the infusion before, four weeks on.
    Dates and instants are ``None`` as long as the day they hang on is not known. Instants are on the site's clock.
    """

    code: str
    plan_code: str
    label: str
    infusion: int | None
    nominal_on: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    merged_with: str | None = None

    @property
    def opens_on(self) -> date | None:
        return self.opens_at.date() if self.opens_at else None

    @property
    def closes_on(self) -> date | None:
        return self.closes_at.date() if self.closes_at else None


@dataclass(frozen=True, slots=True)
class _Course:
    """What the windows of one participant hang on."""

    consent_on: date | None
    infusions: tuple[CourseInfusion, ...]
    regimen: Regimen
    timezone: str

    def days(self, first_on: date | None, last_on: date | None) -> VisitWindow:
        """Whole site days, from local midnight to 23:59:59."""
        return VisitWindow(
            None if first_on is None else start_of_day(first_on, timezone=self.timezone),
            None if last_on is None else end_of_day(last_on, timezone=self.timezone),
        )

    def next_after(self, infusion: CourseInfusion) -> CourseInfusion | None:
        return self.infusions[infusion.number] if infusion.number < len(self.infusions) else None


def plan_visits(
    *,
    schedule: Schedule,
    cohort: CohortPlan,
    regimen: Regimen,
    timezone: str,
    consent_on: date | None,
    infusions: tuple[datetime | date | None, ...],
    as_recorded: bool = False,
) -> tuple[PlannedVisit, ...]:
    """The visits of a participant of a cohort in the order of the protocol, each with nominal day and window.

    ``infusions``: the time each began, or the day where the time is not known; ``None`` or no entry for one that was
    not given yet, which is planned at the regimen's interval after the one before. Visits without a planned day (early
    termination, unscheduled) are not part of the plan.

    * Windows in days run from local midnight to 23:59:59. Windows in hours count from the start of the infusion; where
      only its day is known they are the whole nominal day.
    * Screening opens with consent, not earlier than the allowed days before the first infusion, and closes before it.
      While the first infusion is not known, neither is the end. Where consent came too late for it there is no opening,
      only the end that has passed.
    * A visit before the first infusion closes when that infusion starts.
    * The first infusion makes its own day; a later one lies in the interval that the regimen allows after the one
      before.
    * A visit that may merge is one with the next infusion when that falls into its window, and two otherwise.

    Raises: ValueError when the infusions do not fit the cohort or, unless taken ``as_recorded``, are not in order.
    Source: schedule of assessments; regimen (interval between infusions).
    """
    course = _Course(
        consent_on,
        infusion_course(infusions, cohort=cohort, regimen=regimen, timezone=timezone, as_recorded=as_recorded),
        regimen,
        timezone,
    )
    return (
        *_visits_before(schedule, course),
        *_visits_of_infusions(schedule, course),
        *_visits_after(schedule, course),
    )


def _visits_before(schedule: Schedule, course: _Course) -> Iterator[PlannedVisit]:
    for plan in schedule.visits:
        if plan.anchor is Anchor.CONSENT:
            yield _visit(plan, _offset(course.consent_on, plan.nominal_day), _consent_window(plan, course))
        elif plan.anchor is Anchor.FIRST_INFUSION:
            yield _anchored(plan, course.infusions[0], course)


def _visits_of_infusions(schedule: Schedule, course: _Course) -> Iterator[PlannedVisit]:
    merged_with: str | None = None
    for infusion in course.infusions:
        for plan in schedule.visits:
            if plan.anchor is not Anchor.INFUSION:
                continue
            visit = _of_infusion(plan, infusion, course)
            if _merges(plan, infusion, course):
                merged_with = visit.code
            elif merged_with is not None:
                yield replace(visit, merged_with=merged_with)
                merged_with = None
            else:
                yield visit


def _visits_after(schedule: Schedule, course: _Course) -> Iterator[PlannedVisit]:
    for plan in schedule.visits:
        if plan.anchor is Anchor.LAST_INFUSION:
            yield _anchored(plan, course.infusions[-1], course)


def _visit(plan: VisitPlan, nominal_on: date | None, window: VisitWindow) -> PlannedVisit:
    return PlannedVisit(plan.code, plan.code, plan.label, None, nominal_on, window.opens_at, window.closes_at)


def _anchored(plan: VisitPlan, infusion: CourseInfusion, course: _Course) -> PlannedVisit:
    return _visit(plan, _offset(infusion.on, plan.nominal_day), _window(plan, infusion, course))


def _of_infusion(plan: VisitPlan, infusion: CourseInfusion, course: _Course) -> PlannedVisit:
    is_infusion_itself = plan.nominal_day == 0 and infusion.number > 1
    window = _interval_window(infusion, course) if is_infusion_itself else _window(plan, infusion, course)
    return replace(
        _visit(plan, _offset(infusion.on, plan.nominal_day), window),
        code=f"I{infusion.number}{plan.code}",
        infusion=infusion.number,
    )


def _consent_window(plan: VisitPlan, course: _Course) -> VisitWindow:
    """The window of a visit that hangs on consent and, from the other side, on the first infusion."""
    nominal_on, first_on = _offset(course.consent_on, plan.nominal_day), course.infusions[0].on
    opens_on = _offset(nominal_on, -(plan.early_days or 0))
    earliest_on = _offset(first_on, _negative(plan.opens_before_first_infusion_days))
    if opens_on is not None and earliest_on is not None:
        opens_on = max(opens_on, earliest_on)
    closing = (
        _offset(nominal_on, plan.late_days),
        _offset(first_on, _negative(plan.closes_before_first_infusion_days)),
    )
    closes_on = min((on for on in closing if on is not None), default=None)
    if opens_on is not None and closes_on is not None and opens_on > closes_on:
        opens_on = None
    return course.days(opens_on, closes_on)


def _negative(days: int | None) -> int | None:
    return None if days is None else -days


def _interval_window(infusion: CourseInfusion, course: _Course) -> VisitWindow:
    before_on = course.infusions[infusion.number - 2].on
    regimen = course.regimen
    return course.days(
        _offset(before_on, regimen.interval_days - regimen.interval_early_days),
        _offset(before_on, regimen.interval_days + regimen.interval_late_days),
    )


def _window(plan: VisitPlan, infusion: CourseInfusion, course: _Course) -> VisitWindow:
    """The window of a visit that hangs on an infusion."""
    nominal_on = _offset(infusion.on, plan.nominal_day)
    if nominal_on is None:
        return NOT_KNOWN
    if infusion.started_at is not None and plan.closes_after_hours is not None:
        return VisitWindow(
            shift(infusion.started_at, timedelta(hours=plan.opens_after_hours or 0), timezone=course.timezone),
            shift(infusion.started_at, timedelta(hours=plan.closes_after_hours), timezone=course.timezone),
        )
    window = course.days(
        nominal_on - timedelta(days=plan.early_days or 0), nominal_on + timedelta(days=plan.late_days or 0)
    )
    is_before_infusion = plan.anchor is Anchor.FIRST_INFUSION and (plan.nominal_day or 0) <= 0
    if is_before_infusion and infusion.started_at is not None and window.closes_at is not None:
        # Before the infusion means before its first drop, not before the end of its day.
        return replace(window, closes_at=min(window.closes_at, infusion.started_at))
    return window


def _merges(plan: VisitPlan, infusion: CourseInfusion, course: _Course) -> bool:
    following = course.next_after(infusion)
    if not plan.merges_into_next_infusion or following is None or plan.nominal_day is None:
        return False
    days = course.regimen.interval_days
    if infusion.on is not None and following.on is not None:
        days = (following.on - infusion.on).days
    return plan.nominal_day - (plan.early_days or 0) <= days <= plan.nominal_day + (plan.late_days or 0)


def _offset(on: date | None, days: int | None) -> date | None:
    return None if on is None or days is None else on + timedelta(days=days)
