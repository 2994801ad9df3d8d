"""The calendar of infusions: what was given, what is planned, what is to be planned, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from dosing.models import Infusion, ProductUnit
from dosing.rules.states import NOT_STARTED, LotState, UnitState
from dosing.selectors.infusions import visible_infusions
from dosing.selectors.outlook import Outlook, outlooks
from followup.models import Visit
from followup.rules.states import VisitState
from followup.selectors.visit_list import visible_visits
from trial.edge.context import TrialContext
from trial.models import Site
from trial.rules.decision import Reason
from trial.rules.site_time import end_of_day, site_date, start_of_day

_WAITING = [state.value for state in NOT_STARTED]


@dataclass(frozen=True, slots=True)
class Period:
    """Site days, both included; ``site`` is the code of a site, empty: every site that the reader sees."""

    first: date
    last: date
    site: str = ""

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An infusion in the calendar. ``on``: the day it began, or is planned for; of one that is not planned (``pk``
    None), the first day on which it may be given, or today where that is over.

    ``opens_on``, ``closes_on``: the days within which it is due. ``reasons``: what stands against a start on that day,
    as far as it is known now; none of an infusion that has begun or was given up. ``unit``: the one meant or used.
    """

    on: date
    subject: str
    site: str
    cohort: int
    slot: str
    number: int
    pk: int | None
    state: str
    opens_on: date | None
    closes_on: date | None
    unit: ProductUnit | None
    reasons: tuple[Reason, ...]

    @property
    def is_ahead(self) -> bool:
        return self.pk is None or self.state in _WAITING

    @property
    def needs_unit(self) -> bool:
        return self.is_ahead and self.unit is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """``visits``: how many planned visits have their nominal day on a day. ``in_stock``: units of released lots."""

    period: Period
    today: date
    entries: tuple[Entry, ...]
    visits: Mapping[date, int]
    in_stock: int

    @property
    def ahead(self) -> int:
        return sum(entry.is_ahead for entry in self.entries)

    @property
    def units_needed(self) -> int:
        return sum(entry.needs_unit for entry in self.entries)


def calendar_of(trial: TrialContext, period: Period) -> Calendar:
    """A fixed number of queries. As many rows as there are infusions: the protocol's cap on subjects bounds them."""
    today = site_date(trial.at, timezone=trial.access.timezone)
    entries = [*_begun(trial, period), *_ahead(trial, period)]
    visits = visible_visits(trial).filter(
        state=VisitState.PLANNED, nominal_on__range=(period.first, period.last), **_at_site(period)
    )
    return Calendar(
        period=period,
        today=today,
        entries=tuple(sorted(entries, key=_order)),
        visits=_counted(visits),
        in_stock=_in_stock(trial),
    )


def sites_to_choose(trial: TrialContext) -> list[Site]:
    """Those whose subjects this person sees."""
    sites = trial.access.sites(at=trial.at)
    rows = Site.objects.filter(study=trial.study).order_by("code")
    return list(rows if sites is None else rows.filter(pk__in=sites))


def _order(entry: Entry) -> tuple[date, str, int]:
    return (entry.on, entry.subject, entry.number)


def _at_site(period: Period) -> dict[str, str]:
    return {"subject__site__code": period.site} if period.site else {}


def _counted(visits: Iterable[Visit]) -> Mapping[date, int]:
    rows = visits.order_by().values_list("nominal_on").annotate(number=Count("pk"))  # type: ignore[attr-defined]  # a query set
    return dict(rows)


def _in_stock(trial: TrialContext) -> int:
    return ProductUnit.objects.filter(
        lot__study=trial.study,
        lot__state=LotState.RELEASED,
        lot__expires_at__gt=trial.at,
        state=UnitState.IN_STOCK,
    ).count()


def _begun(trial: TrialContext, period: Period) -> Iterator[Entry]:
    """Infusions that have begun, or will not be given."""
    zone = trial.access.timezone
    began = Q(
        started_at__gte=start_of_day(period.first, timezone=zone),
        started_at__lte=end_of_day(period.last, timezone=zone),
    )
    given_up = Q(started_at__isnull=True, planned_on__range=(period.first, period.last))
    rows = visible_infusions(trial).filter(began | given_up, **_at_site(period)).exclude(state__in=_WAITING)
    for infusion in rows.select_related("subject__allocation__slot__cohort"):
        slot = infusion.subject.allocation.slot
        yield Entry(
            on=_day(infusion),
            subject=infusion.subject.code,
            site=infusion.subject.site.code,
            cohort=slot.cohort.number,
            slot=slot.label,
            number=infusion.number,
            pk=infusion.pk,
            state=infusion.state,
            opens_on=None,
            closes_on=None,
            unit=infusion.unit,
            reasons=(),
        )


def _day(infusion: Infusion) -> date:
    if infusion.started_at is None:
        return infusion.planned_on
    return site_date(infusion.started_at, timezone=infusion.subject.site.timezone)


def _ahead(trial: TrialContext, period: Period) -> Iterator[Entry]:
    """Infusions that wait for their day, and those that nobody has planned yet though their days are known."""
    sites = trial.access.sites(at=trial.at)
    for found in outlooks(trial.study, at=trial.at):
        site = found.subject.site
        if (sites is None or site.pk in sites) and period.site in ("", site.code):
            on = _day_ahead(found, trial)
            if on is not None and period.holds(on):
                yield _entry(found, trial, on=on)


def _day_ahead(found: Outlook, trial: TrialContext) -> date | None:
    """None: the infusion before has not begun, so that nobody can say."""
    if found.planned_on is not None or not found.days.is_known:
        return found.planned_on
    today = site_date(trial.at, timezone=found.facts.timezone)
    return max(found.days.opens_on or today, today)


def _entry(found: Outlook, trial: TrialContext, *, on: date) -> Entry:
    slot = found.allocation.slot
    return Entry(
        on=on,
        subject=found.subject.code,
        site=found.subject.site.code,
        cohort=slot.cohort.number,
        slot=slot.label,
        number=found.number,
        pk=found.infusion.pk if found.infusion else None,
        state=found.infusion.state if found.infusion else "",
        opens_on=found.days.opens_on,
        closes_on=found.days.closes_on,
        unit=found.unit,
        reasons=found.against_on_the_day(at=trial.at).reasons,
    )
