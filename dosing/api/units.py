"""Units for programs: stocked, assigned, thawed, checked, labelled, issued, brought back, destroyed; their chains.

What one person does at the bench carries an ``Idempotency-Key`` and is done once. What two people do carries the
password of the second one, of which no hash is kept: sent again, it is refused by the order of the chain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.product_shapes import WhyInput
from dosing.api.unit_shapes import (
    AddUnitInput,
    AssignInput,
    AssignmentInput,
    CustodyShape,
    DestroyInput,
    NoteInput,
    SecondInput,
    StepInput,
    TakeBackInput,
    ThawInput,
    ToSignShape,
    UnitDetailShape,
    UnitShape,
)
from dosing.models import CustodyEvent, ProductUnit
from dosing.rules.states import CustodyStep
from dosing.selectors.custody import chain_events, donors_before, found_unit
from dosing.selectors.lots import lot_or_404, unit_or_404, visible_units
from dosing.selectors.units import UnitAct, decisions
from dosing.services import custody, custody_steps, quarantines, returns, units
from enrollment.models import Subject
from enrollment.selectors.subjects import visible_subjects
from trial.edge.api import once
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import Proof, content_hash, reauthenticate

_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
_SIGNED_STEPS = {
    "check": CustodyStep.QC_RELEASED,
    "label": CustodyStep.LABELLED,
    "destroy": CustodyStep.DESTROYED,
}
Act = Callable[[TrialContext, ProductUnit, dict[str, Any]], object]


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
        added = units.add(lot=lot, by=trial.user, at=trial.at, **_given(AddUnitInput, request))
        return Response(UnitShape(added).data, status=status.HTTP_201_CREATED)


class FindUnit(APIView):
    """The unit whose label has this code: its identifier, or LOT/UNIT."""

    permission = Permission.PRODUCT_VIEW
    query_parameters = (OpenApiParameter("code", str, required=True),)

    @extend_schema(responses=UnitDetailShape)
    def get(self, request: Request) -> Response:
        found = found_unit(trial_of(request), request.query_params.get("code", ""))
        if found is None:
            raise Http404
        return _answer(request, found.pk)


class UnitDetail(APIView):
    """A unit, what may be done with it now, and what a second person would sign."""

    permission = Permission.PRODUCT_VIEW

    @extend_schema(responses=UnitDetailShape)
    def get(self, request: Request, pk: int) -> Response:
        return _answer(request, pk)


class UnitChain(ListAPIView[CustodyEvent]):
    """The chain of custody of a unit; a POST records a handling by hand."""

    permission = Permission.PRODUCT_VIEW
    serializer_class = CustodyShape
    queryset = CustodyEvent.objects.none()

    def get_queryset(self) -> QuerySet[CustodyEvent]:
        if getattr(self, "swagger_fake_view", False):
            return CustodyEvent.objects.none()
        return chain_events(unit_or_404(trial_of(self.request), self.kwargs["pk"]))

    @extend_schema(request=StepInput, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(request, pk, StepInput, _record_step)


def _record_step(trial: TrialContext, unit: ProductUnit, values: dict[str, Any]) -> object:
    entry = StepInput.entry(values, timezone=trial.access.timezone)
    return custody_steps.record_step(unit=unit, entry=entry, by=trial.user, at=trial.at)


class AssignUnit(APIView):
    """Assign a unit to one planned infusion of one subject, by two people; a GET tells the second what is signed."""

    permission = Permission.PRODUCT_HANDLE
    query_parameters = (
        OpenApiParameter("subject", str, required=True),
        OpenApiParameter("infusion", int, required=True),
    )

    @extend_schema(responses=ToSignShape)
    def get(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        unit = unit_or_404(trial, pk)
        asked = AssignmentInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        code, number = asked.validated_data["subject"], asked.validated_data["infusion"]
        subject = _subject(trial, code)
        content = custody.step_content(unit, CustodyStep.ASSIGNED, subject=subject.code, infusion=number)
        judged = decisions(unit, plan=trial.definition.product, issuer=trial.user, at=trial.at)[UnitAct.ASSIGN]
        told = {"content_hash": content_hash(content), "reasons": [reason.as_dict() for reason in judged.reasons]}
        return Response(ToSignShape(told).data)

    @extend_schema(request=AssignInput, responses=UnitDetailShape)
    def post(self, request: Request, pk: int) -> Response:
        return _signed(request, pk, AssignInput, _assign)


def _assign(trial: TrialContext, unit: ProductUnit, values: dict[str, Any]) -> object:
    return units.assign(
        unit=unit,
        subject=_subject(trial, values["subject"]),
        infusion_number=values["infusion"],
        second=values["second"],
        by=trial.user,
        at=trial.at,
    )


class CheckUnit(APIView):
    """Pass a thawed unit in quality control, by two people."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=SecondInput, responses=UnitDetailShape)
    def post(self, request: Request, pk: int) -> Response:
        return _signed(
            request,
            pk,
            SecondInput,
            lambda trial, unit, values: units.check_quality(
                unit=unit, second=values["second"], by=trial.user, at=trial.at
            ),
        )


class LabelUnit(APIView):
    """Label a unit, by two people."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=SecondInput, responses=UnitDetailShape)
    def post(self, request: Request, pk: int) -> Response:
        return _signed(
            request,
            pk,
            SecondInput,
            lambda trial, unit, values: units.label(unit=unit, second=values["second"], by=trial.user, at=trial.at),
        )


class DestroyUnit(APIView):
    """Destroy a unit, or the rest of an infused one, before a witness."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=DestroyInput, responses=UnitDetailShape)
    def post(self, request: Request, pk: int) -> Response:
        return _signed(
            request,
            pk,
            DestroyInput,
            lambda trial, unit, values: returns.destroy(unit=unit, by=trial.user, at=trial.at, **values),
        )


class ThawUnit(APIView):
    """Enter a unit as thawed, with its viability: the use-by time begins to run."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=ThawInput, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(
            request,
            pk,
            ThawInput,
            lambda trial, unit, values: units.thaw(unit=unit, by=trial.user, at=trial.at, **values),
        )


class IssueUnit(APIView):
    """Hand a thawed, checked and labelled unit out to the ward."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=None, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(request, pk, None, lambda trial, unit, values: units.issue(unit=unit, by=trial.user, at=trial.at))


class UnassignUnit(APIView):
    """Take an assignment back: the unit, still frozen, is in stock again."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=WhyInput, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(
            request,
            pk,
            WhyInput,
            lambda trial, unit, values: units.unassign(unit=unit, by=trial.user, at=trial.at, **values),
        )


class TakeBackUnit(APIView):
    """What came back from the bedside."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=TakeBackInput, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(
            request,
            pk,
            TakeBackInput,
            lambda trial, unit, values: returns.take_back(unit=unit, by=trial.user, at=trial.at, **values),
        )


class ReconcileUnit(APIView):
    """Close the account of a unit."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=NoteInput, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(
            request,
            pk,
            NoteInput,
            lambda trial, unit, values: returns.reconcile(unit=unit, by=trial.user, at=trial.at, **values),
        )


class SetAsideUnit(APIView):
    """Set a unit aside until quality assurance has decided."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=WhyInput, responses=UnitDetailShape, parameters=[_KEY])
    def post(self, request: Request, pk: int) -> Response:
        return _once(
            request,
            pk,
            WhyInput,
            lambda trial, unit, values: quarantines.set_aside(unit=unit, by=trial.user, at=trial.at, **values),
        )


def _once(request: Request, pk: int, shape: type[serializers.Serializer[Any]] | None, act: Act) -> Response:
    """The unit as it stands after ``act``; the same answer again for the same key."""
    trial = trial_of(request)
    unit = unit_or_404(trial, pk)

    def answer() -> Response:
        # Read inside: ``once`` must see the bytes of the request before anything parses them.
        act(trial, unit, _given(shape, request) if shape else {})
        return _answer(request, pk)

    return once(request, answer)


def _signed(request: Request, pk: int, shape: type[serializers.Serializer[Any]], act: Act) -> Response:
    """As ``_once`` without a key; ``second`` becomes the proof of the other person."""
    trial = trial_of(request)
    unit = unit_or_404(trial, pk)
    values = _given(shape, request)
    act(trial, unit, {**values, "second": second_person(request, values["second"])})
    return _answer(request, pk)


def second_person(request: Request, given: dict[str, Any]) -> Proof:
    """The credentials of somebody who is not the one signed in. Raises ``ReauthenticationFailed`` (403)."""
    if given["meaning"] != Meaning.SECOND_PERSON.value:
        wanted = f"This is signed as {Meaning.SECOND_PERSON.value}."
        raise serializers.ValidationError({"second": {"meaning": [wanted]}})
    inner: HttpRequest = request._request
    return reauthenticate(
        request=inner,
        username=given["username"],
        password=given["password"],
        content_sha256=given["content_hash"],
    )


def _answer(request: Request, pk: int) -> Response:
    """The unit as it stands, with everything that may be done with it."""
    trial = trial_of(request)
    unit = unit_or_404(trial, pk)
    handling = trial.check(Permission.PRODUCT_HANDLE)
    judged = decisions(unit, plan=trial.definition.product, issuer=trial.user, at=trial.at)
    context = {
        "acts": {act.value: (handling + decision).reasons for act, decision in judged.items()},
        "hashes": {name: content_hash(custody.step_content(unit, step)) for name, step in _SIGNED_STEPS.items()},
        "donors": donors_before(unit),
    }
    return Response(dict(UnitDetailShape(unit, context=context).data))


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = given.validated_data
    return values


def _subject(trial: TrialContext, code: str) -> Subject:
    """A subject of this person's sites; any other is unknown."""
    subject = visible_subjects(trial).filter(code=code).first() if code.isprintable() else None
    if subject is None:
        raise serializers.ValidationError({"subject": ["No subject of yours has this code."]})
    return subject
