"""Reports and the audit trail, for programs."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports.forms.audit_trail import TrailForm
from reports.models import Report
from reports.rules.states import ReportState
from reports.selectors.audit_trail import TrailEntry, audit_trail
from reports.selectors.reports import reports_of
from reports.services import requests
from safety.models import GateReview
from trial import clock
from trial.edge.context import trial_of
from trial.permissions import Permission


class ReportOutput(serializers.ModelSerializer[Report]):
    """``sha256`` is that of the file; empty until it is ready."""

    requested_by = serializers.CharField(source="requested_by.printed_name")

    class Meta:
        model = Report
        fields = [
            "id",
            "kind",
            "label",
            "state",
            "requested_by",
            "requested_at",
            "cut_off_at",
            "finished_at",
            "sha256",
            "error",
        ]


class GateDossierInput(serializers.Serializer[Any]):
    review = serializers.IntegerField(min_value=1)


class ReportList(ListAPIView[Report]):
    """Reports made and being made; a POST asks for the PDF of a gate dossier."""

    permission = Permission.REPORT_DOWNLOAD
    serializer_class = ReportOutput
    queryset = Report.objects.none()
    filterset_fields = ["kind", "state"]

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Report.objects.none()
        return reports_of(trial_of(self.request).study)

    @extend_schema(request=GateDossierInput, responses={202: ReportOutput})
    def post(self, request: Request) -> Response:
        trial = trial_of(request)
        shape = GateDossierInput(data=request.data)
        shape.is_valid(raise_exception=True)
        reviews = GateReview.objects.select_related("cohort__study", "protocol_version")
        review = get_object_or_404(reviews, pk=shape.validated_data["review"], cohort__study=trial.study)
        report = requests.gate_dossier(review=review, by=trial.user, at=trial.at, true_now=clock.true_now())
        return Response(ReportOutput(report).data, status=status.HTTP_202_ACCEPTED)


class ReportDetail(APIView):
    """How far a report is."""

    permission = Permission.REPORT_DOWNLOAD

    @extend_schema(responses=ReportOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ReportOutput(get_object_or_404(reports_of(trial_of(request).study), pk=pk)).data)


class ReportDownload(APIView):
    """The PDF file of a report that is ready."""

    permission = Permission.REPORT_DOWNLOAD

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> FileResponse:
        report = get_object_or_404(reports_of(trial_of(request).study), pk=pk)
        if report.state != ReportState.READY or not default_storage.exists(report.path):
            raise Http404
        return FileResponse(default_storage.open(report.path), content_type="application/pdf")


class TrailChangeOutput(serializers.Serializer[Any]):
    field = serializers.CharField()
    old = serializers.CharField(allow_null=True)
    new = serializers.CharField(allow_null=True)


class TrailEntryOutput(serializers.Serializer[TrailEntry]):
    """``trial_at`` is the clock of the trial, ``recorded_at`` the true time of the server."""

    id = serializers.IntegerField()
    trial_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    actor = serializers.CharField()
    act = serializers.CharField()
    table = serializers.CharField()
    row = serializers.CharField()
    operation = serializers.CharField()
    reason = serializers.CharField()
    changes = TrailChangeOutput(many=True)


class TrailOutput(serializers.Serializer[Any]):
    """``older``: give it as ``before`` for the next page; null on the last."""

    entries = TrailEntryOutput(many=True)
    older = serializers.IntegerField(allow_null=True)


class HistoryList(APIView):
    """The audit trail, the latest first."""

    permission = Permission.HISTORY_VIEW
    query_parameters = (
        OpenApiParameter("table", str),
        OpenApiParameter("subject", str),
        OpenApiParameter("person", str, description="User name."),
        OpenApiParameter("act", str, description="The beginning of the act."),
        OpenApiParameter("first_day", OpenApiTypes.DATE),
        OpenApiParameter("last_day", OpenApiTypes.DATE),
        OpenApiParameter("before", int, description="Entries older than this one."),
    )

    @extend_schema(responses=TrailOutput)
    def get(self, request: Request) -> Response:
        form = TrailForm(request.query_params)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(error) for error in errors] for name, errors in form.errors.items()}
            )
        page = audit_trail(trial_of(request), form.wanted(), before=form.cleaned_data["before"])
        return Response(TrailOutput(page).data)
