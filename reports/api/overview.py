"""The study board and a person's work, for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports.selectors.board import board_of
from reports.selectors.work import work_of
from reports.selectors.work_items import WorkGroup, WorkItem
from trial.edge.context import trial_of
from trial.permissions import Permission


class ReasonOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the argument


class WorkItemOutput(serializers.Serializer[WorkItem]):
    """``due_on`` is a site-local day; null: it waits without a date. ``url`` is the page with the form."""

    kind = serializers.CharField()
    title = serializers.CharField()
    subject = serializers.CharField()
    detail = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    group = serializers.ChoiceField(choices=[group.value for group in WorkGroup])
    url = serializers.CharField()


class WorkOutput(serializers.Serializer[Any]):
    """``lapsed``: tasks that this person's training no longer covers."""

    items = WorkItemOutput(many=True)
    lapsed = ReasonOutput(many=True)


class StatOutput(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    value = serializers.IntegerField()
    of = serializers.IntegerField(allow_null=True)
    url = serializers.CharField()


class WindowOutput(serializers.Serializer[Any]):
    days_left = serializers.IntegerField()
    closes_on = serializers.DateField()


class SlotOutput(serializers.Serializer[Any]):
    """``replaced``: subject numbers of those who had the slot before and gave it back."""

    label = serializers.CharField()  # type: ignore[assignment]  # as above
    subject = serializers.CharField()
    state = serializers.CharField()
    given = serializers.IntegerField()
    planned = serializers.IntegerField()
    window = WindowOutput(allow_null=True)
    replaced = serializers.ListField(child=serializers.IntegerField())


class StepOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    infusions = serializers.IntegerField()
    slots = SlotOutput(many=True)


class BoardGateOutput(serializers.Serializer[Any]):
    cohort = serializers.IntegerField()
    state = serializers.CharField()
    earliest_review_at = serializers.DateTimeField(allow_null=True)
    lacking = ReasonOutput(many=True)


class LadderOutput(serializers.Serializer[Any]):
    steps = StepOutput(many=True)
    gates = BoardGateOutput(many=True)


class BoardHoldOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField()
    scope = serializers.CharField()
    reason = serializers.CharField()
    placed_at = serializers.DateTimeField()


class BoardOutput(serializers.Serializer[Any]):
    """``ladder`` is null for whoever may not see subjects."""

    ladder = LadderOutput(allow_null=True)
    stats = StatOutput(many=True)
    holds = BoardHoldOutput(many=True)
    visits = WorkItemOutput(many=True)
    work = WorkItemOutput(many=True, source="work.items")


class BoardDetail(APIView):
    """The escalation ladder with its gates, the numbers, the next visits."""

    permission = Permission.STUDY_VIEW

    @extend_schema(responses=BoardOutput)
    def get(self, request: Request) -> Response:
        return Response(BoardOutput(board_of(trial_of(request))).data)


class WorkList(APIView):
    """Everything that waits for whoever asks, the most urgent first."""

    permission = Permission.STUDY_VIEW

    @extend_schema(responses=WorkOutput)
    def get(self, request: Request) -> Response:
        return Response(WorkOutput(work_of(trial_of(request))).data)
