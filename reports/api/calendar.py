"""The calendar of infusions for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports.api.overview import ReasonOutput
from reports.forms.calendar import PeriodForm
from reports.rules.calendar import AHEAD, LONGEST
from reports.selectors.calendar import Calendar, calendar_of, sites_to_choose
from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.rules.site_time import site_date


class CalendarEntryOutput(serializers.Serializer[Any]):
    """An infusion. ``on``: the site day on which it began or is planned; of one that is not planned (``id`` null), the
    first day on which it may be given. ``due_from``, ``due_until``: the days within which it is due, while it is ahead.

    ``unit`` null: none is assigned or was used. ``reasons``: what stands against a start on that day, as far as it is
    known now; product, people and the measurements of the day are judged at the bedside.
    """

    on = serializers.DateField()
    id = serializers.IntegerField(source="pk", allow_null=True)
    subject = serializers.CharField()
    site = serializers.CharField()
    cohort = serializers.IntegerField()
    slot = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.CharField(allow_blank=True)
    is_ahead = serializers.BooleanField()
    due_from = serializers.DateField(source="opens_on", allow_null=True)
    due_until = serializers.DateField(source="closes_on", allow_null=True)
    unit = serializers.IntegerField(source="unit.pk", default=None, allow_null=True)
    reasons = ReasonOutput(many=True)


class VisitDayOutput(serializers.Serializer[Any]):
    on = serializers.DateField()
    visits = serializers.IntegerField()


class CalendarOutput(serializers.Serializer[Any]):
    """``units_needed``: infusions ahead without a unit; ``units_in_stock``: of released lots that have not expired.

    ``visits``: how many planned visits have their nominal day on a day.
    """

    first = serializers.DateField()
    last = serializers.DateField()
    site = serializers.CharField(allow_blank=True)
    units_needed = serializers.IntegerField()
    units_in_stock = serializers.IntegerField()
    entries = CalendarEntryOutput(many=True)
    visits = VisitDayOutput(many=True)


class CalendarDetail(APIView):
    permission = Permission.INFUSION_VIEW
    query_parameters = (
        OpenApiParameter("from", OpenApiTypes.DATE, description="First site day; without it today."),
        OpenApiParameter(
            "to",
            OpenApiTypes.DATE,
            description=f"Last site day, included; else {AHEAD.days} days on. At most {LONGEST.days} days at once.",
        ),
        OpenApiParameter("site", str, description="Code of a site; without it every site this person sees."),
    )

    @extend_schema(responses=CalendarOutput)
    def get(self, request: Request) -> Response:
        """Infusions of a period: given, planned, and due though nobody has planned them."""
        trial = trial_of(request)
        today = site_date(trial.at, timezone=trial.access.timezone)
        form = PeriodForm(request.query_params, sites=sites_to_choose(trial), today=today)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(error) for error in errors] for name, errors in form.errors.items()}
            )
        return Response(CalendarOutput(_calendar(calendar_of(trial, form.period()))).data)


def _calendar(found: Calendar) -> dict[str, object]:
    return {
        "first": found.period.first,
        "last": found.period.last,
        "site": found.period.site,
        "units_needed": found.units_needed,
        "units_in_stock": found.in_stock,
        "entries": found.entries,
        "visits": [{"on": on, "visits": number} for on, number in sorted(found.visits.items())],
    }
