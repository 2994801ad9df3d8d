"""Decisions to escalate for programs, and the confirmation of having read one."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trial.edge.context import TrialContext, trial_of
from trial.models import CohortClearance
from trial.permissions import Permission
from trial.selectors.readings import decisions
from trial.services import readings


class ReadingOutput(serializers.Serializer[Any]):
    user = serializers.CharField()
    role = serializers.CharField()
    read_at = serializers.DateTimeField()


class DecisionOutput(serializers.Serializer[Any]):
    """``gate``: the number of the gate whose decision opened the cohort."""

    id = serializers.IntegerField()
    cohort = serializers.IntegerField()
    gate = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    readings = ReadingOutput(many=True)
    missing = serializers.ListField(child=serializers.CharField())


class DecisionList(APIView):
    permission = Permission.GATE_VIEW

    @extend_schema(responses=DecisionOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response(_answer(trial_of(request)))


class DecisionRead(APIView):
    """Confirm having read a decision; twice does nothing twice."""

    permission = Permission.DECISION_READ

    @extend_schema(request=None, responses=DecisionOutput(many=True))
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        rows = CohortClearance.objects.select_related("cohort__study")
        readings.confirm(
            clearance=get_object_or_404(rows, pk=pk, cohort__study=trial.study), by=trial.user, at=trial.at
        )
        return Response(_answer(trial))


def _answer(trial: TrialContext) -> Any:
    shown = [
        {
            "id": line.clearance.pk,
            "cohort": line.clearance.cohort.number,
            "gate": line.gate_number,
            "opened_at": line.clearance.opened_at,
            "revoked_at": line.clearance.revoked_at,
            "readings": [
                {"user": each.user.username, "role": each.role, "read_at": each.read_at} for each in line.readings
            ],
            "missing": [user.username for user in line.missing],
        }
        for line in decisions(trial.study, at=trial.at)
    ]
    return DecisionOutput(shown, many=True).data
