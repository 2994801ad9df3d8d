"""Visits for programs: the same rules, reasons and permissions as the pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from followup.filters import VisitFilter
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.rules.visit_status import VisitStatus
from followup.selectors.visit_list import visible_visits
from followup.selectors.visits import visit_line
from followup.services import visits
from trial.edge.context import trial_of
from trial.permissions import Permission


class VisitSerializer(serializers.ModelSerializer[Visit]):
    """``status`` follows from window and clock; ``days_off``: site days outside the window, signed."""

    subject = serializers.CharField(source="subject.code")
    status = serializers.SerializerMethodField()
    days_off = serializers.SerializerMethodField()
    recorded_by = serializers.CharField(source="recorded_by.printed_name", default=None)

    class Meta:
        model = Visit
        fields = [
            "id",
            "subject",
            "code",
            "merged_with",
            "infusion_number",
            "sequence",
            "status",
            "nominal_on",
            "opens_at",
            "closes_at",
            "done_at",
            "days_off",
            "adverse_events_asked",
            "note",
            "missed_reason",
            "recorded_at",
            "recorded_by",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=[status.value for status in VisitStatus]))
    def get_status(self, visit: Visit) -> str:
        return visit_line(visit, at=self.context["at"]).status.value

    def get_days_off(self, visit: Visit) -> int:
        return visit_line(visit, at=self.context["at"]).days_off


class CompleteVisitInput(serializers.Serializer[Any]):
    done_at = serializers.DateTimeField(help_text="With its offset.")
    adverse_events_asked = serializers.ChoiceField(
        choices=[AdverseEventAnswer.NONE.value, AdverseEventAnswer.YES.value]
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class MissedVisitInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class VisitList(ListAPIView[Visit]):
    """Visits of the subjects whom this person may see."""

    permission = Permission.SUBJECT_VIEW
    serializer_class = VisitSerializer
    filterset_class = VisitFilter
    queryset = Visit.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Visit.objects.none()
        return visible_visits(trial_of(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["at"] = trial_of(self.request).at
        return context


class VisitDetail(APIView):
    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=VisitSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return _answer(request, _found(request, pk))


class CompleteVisit(APIView):
    """Enter that a visit took place, with the answer to the question about adverse events."""

    permission = Permission.VISIT_EDIT

    @extend_schema(request=CompleteVisitInput, responses=VisitSerializer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = CompleteVisitInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        done = visits.complete(
            visit=_found(request, pk),
            done_at=values["done_at"],
            adverse_events_asked=AdverseEventAnswer(values["adverse_events_asked"]),
            note=values["note"],
            by=trial.user,
            at=trial.at,
        )
        return _answer(request, done)


class MissedVisit(APIView):
    """Declare formally that a visit was missed, with its reason."""

    permission = Permission.VISIT_EDIT

    @extend_schema(request=MissedVisitInput, responses=VisitSerializer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = MissedVisitInput(data=request.data)
        given.is_valid(raise_exception=True)
        missed = visits.mark_missed(
            visit=_found(request, pk), reason=given.validated_data["reason"], by=trial.user, at=trial.at
        )
        return _answer(request, missed)


def _found(request: Request, pk: int) -> Visit:
    rows = visible_visits(trial_of(request)).select_related(
        "subject__site", "subject__study", "subject__protocol_version", "recorded_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _answer(request: Request, visit: Visit) -> Response:
    return Response(VisitSerializer(visit, context={"at": trial_of(request).at}).data)
