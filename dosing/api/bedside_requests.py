"""What every request from the bedside has in common: its key, its shape, the answer that shows the infusion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dosing.api.infusion_shapes import InfusionShape
from dosing.models import Infusion
from dosing.selectors.infusion_answer import infusion_answer
from dosing.selectors.infusions import infusion_or_404
from trial.edge.api import once
from trial.edge.context import TrialContext, trial_of

Values = Mapping[str, Any]
Act = Callable[[TrialContext, Infusion, Values], object]

bedside = extend_schema(parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)])


def act_once(request: Request, pk: int, *, shape: type[serializers.Serializer[Any]], act: Act) -> Response:
    """Shape, one service call, the infusion as it then stands: once for each key."""

    def carry_out() -> Response:
        trial = trial_of(request)
        act(trial, infusion_or_404(trial, pk), read_input(shape, request))
        return answer(trial, pk)

    return once(request, carry_out)


def read_input(shape: type[serializers.Serializer[Any]], request: Request) -> Values:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values: Values = given.validated_data
    return values


def answer(trial: TrialContext, pk: int, *, code: int = status.HTTP_200_OK) -> Response:
    return Response(InfusionShape(infusion_answer(trial, infusion_or_404(trial, pk))).data, status=code)
