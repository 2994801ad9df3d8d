"""Protocol deviations for programs: listed, reported, classified."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trial.edge.context import trial_of
from trial.filters import DeviationFilter
from trial.models import Deviation, Site
from trial.permissions import Permission
from trial.rules.states import DeviationCategory, DeviationClass
from trial.selectors.deviations import deviation_or_404, visible_deviations
from trial.services import deviations


class DeviationOutput(serializers.ModelSerializer[Deviation]):
    """``classification`` is empty until somebody has classified it."""

    site = serializers.CharField(source="site.code", default=None)
    raised_by = serializers.CharField(source="raised_by.printed_name")
    classified_by = serializers.CharField(source="classified_by.printed_name", default=None)

    class Meta:
        model = Deviation
        fields = [
            "id",
            "site",
            "subject_code",
            "category",
            "code",
            "description",
            "occurred_at",
            "raised_at",
            "raised_by",
            "classification",
            "classified_at",
            "classified_by",
            "assessment",
            "corrective_action",
        ]


class DeviationInput(serializers.Serializer[Any]):
    """``occurred_at`` with its offset."""

    site = serializers.CharField(required=False, allow_null=True, max_length=12)
    subject_code = serializers.CharField(required=False, allow_blank=True, default="", max_length=24)
    category = serializers.ChoiceField(choices=[c.value for c in DeviationCategory])
    occurred_at = serializers.DateTimeField()
    description = serializers.CharField(max_length=4000)


class ClassificationInput(serializers.Serializer[Any]):
    classification = serializers.ChoiceField(choices=[c.value for c in DeviationClass if c.value])
    assessment = serializers.CharField(max_length=4000)
    corrective_action = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class DeviationList(ListAPIView[Deviation]):
    """Deviations, the latest first; a POST reports one."""

    permission = Permission.DEVIATION_VIEW
    post_permission = Permission.DEVIATION_RAISE
    serializer_class = DeviationOutput
    filterset_class = DeviationFilter
    queryset = Deviation.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Deviation.objects.none()
        return visible_deviations(trial_of(self.request))

    @extend_schema(request=DeviationInput, responses={201: DeviationOutput})
    def post(self, request: Request) -> Response:
        trial = trial_of(request)
        given = DeviationInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        code = values.pop("site", None)
        site = Site.objects.filter(study=trial.study, code=code).first() if code else None
        if code and site is None:
            raise ValidationError({"site": ["There is no such site in this study."]})
        values["category"] = DeviationCategory(values["category"])
        made = deviations.report(study=trial.study, site=site, by=trial.user, at=trial.at, **values)
        return Response(DeviationOutput(made).data, status=status.HTTP_201_CREATED)


class DeviationDetail(APIView):
    """One deviation; a POST classifies it."""

    permission = Permission.DEVIATION_VIEW
    post_permission = Permission.DEVIATION_CLASSIFY

    @extend_schema(responses=DeviationOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(DeviationOutput(deviation_or_404(trial_of(request), pk=pk)).data)

    @extend_schema(operation_id="deviations_classify", request=ClassificationInput, responses=DeviationOutput)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = ClassificationInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data) | {
            "classification": DeviationClass(given.validated_data["classification"]),
        }
        deviations.classify(deviation=deviation_or_404(trial, pk=pk), by=trial.user, at=trial.at, **values)
        return Response(DeviationOutput(deviation_or_404(trial, pk=pk)).data)
