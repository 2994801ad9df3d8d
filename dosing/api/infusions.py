"""Infusions for programs: planned, prepared, verified, started and ended, with the reasons of the pages.

What a ward's device sends again after a dropped connection carries an ``Idempotency-Key`` and is done once. A signature
is different: its request holds a password, of which no hash is kept, and a wrong one counts towards lock-out even
though nothing is done. Signing twice changes nothing but the signature, and after the start nothing is signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.infusion_shapes import (
    CompleteInput,
    DayInput,
    InfusionLine,
    InfusionShape,
    NotGivenInput,
    NothingInput,
    PlanInput,
    SignInput,
    StartInput,
    StopInput,
    VerifyInput,
)
from dosing.filters import InfusionFilter
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import StopReason
from dosing.selectors.bedside import unit_meant
from dosing.selectors.infusion_answer import InfusionAnswer, infusion_answer
from dosing.selectors.infusions import infusion_or_404, visible_infusions
from dosing.selectors.lots import visible_units
from dosing.services import infusions, pre_dose
from enrollment.selectors.subjects import subject_or_404
from trial.api.signing import proof_of
from trial.edge.api import once
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import Proof, reauthenticate

Values = Mapping[str, Any]

_bedside = extend_schema(
    responses=InfusionShape,
    parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)],
)


class InfusionList(ListAPIView[Infusion]):
    """Infusions of the subjects whom this person may see, the latest planned day first."""

    permission = Permission.INFUSION_VIEW
    serializer_class = InfusionLine
    filterset_class = InfusionFilter
    queryset = Infusion.objects.none()

    def get_queryset(self) -> QuerySet[Infusion]:
        if getattr(self, "swagger_fake_view", False):
            return Infusion.objects.none()
        return _listed(trial_of(self.request)).order_by("-planned_on", "-id")


class SubjectInfusions(APIView):
    permission = Permission.INFUSION_VIEW
    post_permission = Permission.INFUSION_PREPARE

    @extend_schema(responses=InfusionLine(many=True))
    def get(self, request: Request, code: str) -> Response:
        """The infusions of one subject, in order."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        rows = _listed(trial).filter(subject=subject).order_by("number")
        return Response(InfusionLine(rows, many=True).data)

    @extend_schema(request=PlanInput, responses={201: InfusionShape})
    def post(self, request: Request, code: str) -> Response:
        """Plan an infusion for a day of the site. It permits nothing: the guard decides at the bedside."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        values = _read(PlanInput, request)
        planned = infusions.plan(
            subject=subject, number=values["number"], planned_on=values["planned_on"], by=trial.user, at=trial.at
        )
        return _answer(trial, planned.pk, code=status.HTTP_201_CREATED)


class InfusionDetail(APIView):
    permission = Permission.INFUSION_VIEW

    @extend_schema(responses=InfusionShape)
    def get(self, request: Request, pk: int) -> Response:
        """The infusion as it stands, and what the guard says of a start by this person now."""
        return _answer(trial_of(request), pk)


class PreDose(APIView):
    permission = Permission.INFUSION_PREPARE

    @extend_schema(request=DayInput)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """Record facts of the day."""
        return _act(request, pk, shape=DayInput, act=_record_day)


class Verify(APIView):
    """The second person signs, whoever is signed in: it is the signer's permission that counts."""

    permission = Permission.INFUSION_VIEW

    @extend_schema(request=VerifyInput, responses=InfusionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Sign that subject and unit were checked."""
        trial = trial_of(request)
        infusion = infusion_or_404(trial, pk)
        values = _read(VerifyInput, request)
        unit = _unit(trial, infusion, values)
        proof = _second_person(request, values["signature"])
        infusions.verify_identity(infusion=infusion, unit=unit, proof=proof, at=trial.at)
        return _answer(trial, pk)


class SignOff(APIView):
    permission = Permission.INTER_INFUSION_SIGN

    @extend_schema(request=SignInput, responses=InfusionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Sign that nothing since the previous infusion stands against this one."""
        trial = trial_of(request)
        infusion = infusion_or_404(trial, pk)
        values = _read(SignInput, request)
        proof = proof_of(request, values["signature"], meaning=Meaning.INTER_INFUSION)
        pre_dose.sign_off(infusion=infusion, proof=proof, at=trial.at)
        return _answer(trial, pk)


class Start(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=StartInput)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """Start the infusion, if no reason stands against it. Of two starts one wins; the other learns whose."""
        return _act(request, pk, shape=StartInput, act=_start)


class Pause(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=None)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """Pause a running infusion."""
        return _act(request, pk, shape=NothingInput, act=_pause)


class Resume(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=None)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """Go on with a paused infusion."""
        return _act(request, pk, shape=NothingInput, act=_resume)


class Complete(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=CompleteInput)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """End an infusion that was given as planned."""
        return _act(request, pk, shape=CompleteInput, act=_complete)


class Stop(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=StopInput)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """Stop an infusion before its end."""
        return _act(request, pk, shape=StopInput, act=_stop)


class NotGiven(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=NotGivenInput)
    @_bedside
    def post(self, request: Request, pk: int) -> Response:
        """Record that a planned infusion will not be given."""
        return _act(request, pk, shape=NotGivenInput, act=_not_given)


def _listed(trial: TrialContext) -> QuerySet[Infusion]:
    return visible_infusions(trial).select_related("protocol_version")


Act = Callable[[TrialContext, Infusion, Values], object]


def _act(request: Request, pk: int, *, shape: type[serializers.Serializer[Any]], act: Act) -> Response:
    """Shape, one service call, the infusion as it then stands: once for each key."""

    def carry_out() -> Response:
        trial = trial_of(request)
        act(trial, infusion_or_404(trial, pk), _read(shape, request))
        return _answer(trial, pk)

    return once(request, carry_out)


def _record_day(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    entry = DayInput.entry(values, timezone=infusion.subject.site.timezone)
    return pre_dose.record(infusion=infusion, entry=entry, reason=values["reason"], by=trial.user, at=trial.at)


def _start(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    entry = StartInput.entry(values, timezone=infusion.subject.site.timezone)
    return infusions.start(infusion=infusion, entry=entry, by=trial.user, at=trial.at)


def _pause(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusions.pause(infusion=infusion, by=trial.user, at=trial.at)


def _resume(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusions.resume(infusion=infusion, by=trial.user, at=trial.at)


def _complete(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    volume = values["infused_volume_ml"]
    return infusions.complete(infusion=infusion, infused_volume_ml=volume, by=trial.user, at=trial.at)


def _stop(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusions.stop(
        infusion=infusion,
        infused_volume_ml=values["infused_volume_ml"],
        reason=StopReason(values["reason"]),
        note=values["note"],
        by=trial.user,
        at=trial.at,
    )


def _not_given(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusions.not_given(infusion=infusion, reason=values["reason"], by=trial.user, at=trial.at)


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> Values:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values: Values = given.validated_data
    return values


def _unit(trial: TrialContext, infusion: Infusion, values: Values) -> ProductUnit:
    """The unit named in the request, else the one meant for the infusion; 400 without either."""
    if "unit" in values:
        unit = visible_units(trial).filter(pk=values["unit"]).first()
        missing = "There is no unit with this id."
    else:
        unit = unit_meant(infusion)
        missing = "The pharmacy has not assigned a unit to this infusion yet."
    if unit is None:
        raise serializers.ValidationError({"unit": [missing]})
    return unit


def _second_person(request: Request, given: Values) -> Proof:
    """As ``proof_of``, for somebody who is not the one signed in."""
    if given["meaning"] != Meaning.IDENTITY_CHECK.value:
        raise serializers.ValidationError(
            {"signature": {"meaning": [f"This is signed as {Meaning.IDENTITY_CHECK.value}."]}}
        )
    inner: HttpRequest = request._request
    return reauthenticate(
        request=inner,
        username=given["username"],
        password=given["password"],
        content_sha256=given["content_hash"],
    )


def _answer(trial: TrialContext, pk: int, *, code: int = status.HTTP_200_OK) -> Response:
    answer: InfusionAnswer = infusion_answer(trial, infusion_or_404(trial, pk))
    return Response(InfusionShape(answer).data, status=code)
