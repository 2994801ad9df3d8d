"""Units for programs: booked in, assigned, thawed, issued, taken out. What is done at the bench is done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.product_shapes import AddUnitInput, AssignInput, ThawInput, UnitShape, WhyInput
from dosing.models import ProductUnit
from dosing.selectors.lots import lot_or_404, unit_or_404, visible_units
from dosing.services import units
from enrollment.models import Subject
from enrollment.selectors.subjects import visible_subjects
from trial.edge.api import once
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission

_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)


class LotUnits(ListAPIView[ProductUnit]):
    """The units of a lot and where each went, and booking one in."""

    permission = Permission.PRODUCT_VIEW
    post_permission = Permission.PRODUCT_HANDLE
    serializer_class = UnitShape
    queryset = ProductUnit.objects.none()

    def get_queryset(self) -> QuerySet[ProductUnit]:
        if getattr(self, "swagger_fake_view", False):
            return ProductUnit.objects.none()
        trial = trial_of(self.request)
        return visible_units(trial).filter(lot=lot_or_404(trial, self.kwargs["number"]))

    @extend_schema(request=AddUnitInput, responses={201: UnitShape})
    def post(self, request: Request, number: str) -> Response:
        trial = trial_of(request)
        lot = lot_or_404(trial, number)
        given = AddUnitInput(data=request.data)
        given.is_valid(raise_exception=True)
        added = units.add(lot=lot, by=trial.user, at=trial.at, **given.validated_data)
        return Response(UnitShape(added).data, status=status.HTTP_201_CREATED)


class UnitDetail(APIView):
    permission = Permission.PRODUCT_VIEW

    @extend_schema(responses=UnitShape)
    def get(self, request: Request, pk: int) -> Response:
        return Response(UnitShape(unit_or_404(trial_of(request), pk)).data)


class AssignUnit(APIView):
    """Assign a unit of a released lot to one planned infusion of one subject."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=AssignInput, responses=UnitShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)

        def act(unit: ProductUnit) -> ProductUnit:
            values = _given(AssignInput, request)
            subject = _subject(trial, values["subject"])
            return units.assign(
                unit=unit, subject=subject, infusion_number=values["infusion"], by=trial.user, at=trial.at
            )

        return _once(request, pk, act)


class ThawUnit(APIView):
    """Enter a unit as thawed, with its viability: the use-by time begins to run."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=ThawInput, responses=UnitShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)

        def act(unit: ProductUnit) -> ProductUnit:
            viability = _given(ThawInput, request)["viability"]
            return units.thaw(unit=unit, viability=viability, by=trial.user, at=trial.at)

        return _once(request, pk, act)


class IssueUnit(APIView):
    """Hand a thawed unit out to the ward."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=None, responses=UnitShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        return _once(request, pk, lambda unit: units.issue(unit=unit, by=trial.user, at=trial.at))


class DiscardUnit(APIView):
    """Take a unit out for good, with the reason."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=WhyInput, responses=UnitShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)

        def act(unit: ProductUnit) -> ProductUnit:
            reason = _given(WhyInput, request)["reason"]
            return units.discard(unit=unit, reason=reason, by=trial.user, at=trial.at)

        return _once(request, pk, act)


def _once(request: Request, pk: int, act: Callable[[ProductUnit], ProductUnit]) -> Response:
    """The unit as it stands after ``act``; the same answer again for the same key.

    ``act`` parses the request itself: ``once`` must see its bytes before anything reads them.
    """
    trial = trial_of(request)
    unit = unit_or_404(trial, pk)

    def answer() -> Response:
        act(unit)
        return Response(dict(UnitShape(unit_or_404(trial, pk)).data))

    return once(request, answer)


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = given.validated_data
    return values


def _subject(trial: TrialContext, code: str) -> Subject:
    """A subject of this person's sites; any other is unknown."""
    subject = visible_subjects(trial).filter(code=code).first()
    if subject is None:
        raise serializers.ValidationError({"subject": ["No subject of yours has this code."]})
    return subject
