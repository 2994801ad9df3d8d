"""The clock of a demonstration, for programs. A real deployment has no such address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import clock as demonstration_clock
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission


class ClockInput(serializers.Serializer[Any]):
    """Either ``minutes``, or ``to_next``: to the earliest thing that is planned."""

    minutes = serializers.IntegerField(min_value=1, required=False)
    to_next = serializers.BooleanField(required=False, default=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["to_next"] == ("minutes" in given):
            raise serializers.ValidationError("Give either minutes or to_next.")
        return given


class ClockOutput(serializers.Serializer[Any]):
    """``swept``: whether the worker has carried out everything that was due until ``trial_now``."""

    trial_now = serializers.DateTimeField()
    next_due_in_s = serializers.IntegerField(allow_null=True)
    swept = serializers.BooleanField()


class ClockDetail(APIView):
    permission = Permission.CLOCK_MOVE

    @extend_schema(responses=ClockOutput)
    def get(self, request: Request) -> Response:
        """The time in the trial."""
        trial = _demonstration(request)
        return Response(_shown(trial))

    @extend_schema(request=ClockInput, responses=ClockOutput)
    def post(self, request: Request) -> Response:
        """Move the clock forward and call the worker; the answer does not wait for it."""
        trial = _demonstration(request)
        shape = ClockInput(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        step = timedelta(minutes=given["minutes"]) if "minutes" in given else None
        step = step or demonstration_clock.step_to_next(trial.study, at=trial.at)
        if step is None:
            raise serializers.ValidationError({"to_next": ["Nothing is planned."]})
        trial.at = demonstration_clock.move(step=step, by=trial.user)
        return Response(_shown(trial))


def _shown(trial: TrialContext) -> dict[str, Any]:
    step = demonstration_clock.step_to_next(trial.study, at=trial.at)
    shown = {
        "trial_now": trial.at,
        "next_due_in_s": None if step is None else int(step.total_seconds()),
        "swept": demonstration_clock.nothing_waits(trial.study, at=trial.at),
    }
    return dict(ClockOutput(shown).data)


def _demonstration(request: Request) -> TrialContext:
    trial = trial_of(request)
    if not trial.surroundings.is_demonstration:
        raise Http404
    return trial
