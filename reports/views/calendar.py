"""The calendar of infusions: a month at a glance, and the list of a period."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.forms.calendar import MonthForm, PeriodForm
from reports.rules.calendar import AHEAD, first_of_month, month_after, month_before, weeks_of
from reports.selectors.calendar import Calendar, calendar_of, sites_to_choose
from reports.views.calendar_shown import day_shown, entry_shown
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.site_time import site_date


@require_GET
@requires(Permission.INFUSION_VIEW)
def calendar_month(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    today = _today(trial)
    asked = {"month": f"{today:%Y-%m}"} | request.GET.dict()
    form = MonthForm(asked, sites=sites_to_choose(trial), today=today)
    month = form.month_shown()
    found = calendar_of(trial, form.period())
    site = found.period.site
    context = _shown(found, here="calendar") | {
        "form": form,
        "month": month,
        "weeks": [[day_shown(day, found, month=month) for day in week] for week in weeks_of(month)],
        "before_url": _month_url(month_before(month), site=site),
        "after_url": _month_url(month_after(month), site=site),
        "today_url": _month_url(first_of_month(found.today), site=site),
    }
    return render(request, "reports/calendar.html", context, status=200 if form.is_valid() else 400)


@require_GET
@requires(Permission.INFUSION_VIEW)
def calendar_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    today = _today(trial)
    asked = request.GET.dict() or {"from": f"{today}", "to": f"{today + AHEAD}"}
    form = PeriodForm(asked, sites=sites_to_choose(trial), today=today)
    context: dict[str, object] = {"form": form, "tabs": _tabs(here="calendar-list"), "breadcrumbs": _crumbs()}
    if not form.is_valid():
        return render(request, "reports/calendar_list.html", context, status=400)
    context |= _shown(calendar_of(trial, form.period()), here="calendar-list")
    return render(request, "reports/calendar_list.html", context)


def _today(trial: TrialContext) -> date:
    return site_date(trial.at, timezone=trial.access.timezone)


def _shown(found: Calendar, *, here: str) -> dict[str, object]:
    return {
        "calendar": found,
        "entries": [entry_shown(entry, today=found.today) for entry in found.entries],
        "tabs": _tabs(here=here),
        "breadcrumbs": _crumbs(),
    }


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("Calendar")}]


def _tabs(*, here: str) -> list[dict[str, object]]:
    places = (("calendar", _("Month")), ("calendar-list", _("List")))
    return [{"label": label, "url": reverse(name), "is_here": name == here} for name, label in places]


def _month_url(month: date, *, site: str) -> str:
    wanted = {"month": f"{month:%Y-%m}"} | ({"site": site} if site else {})
    return f"{reverse('calendar')}?{urlencode(wanted)}"
