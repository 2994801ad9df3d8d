"""Infusions for programs: listed, planned, started and ended, with the reasons of the pages.

What a ward's device sends again after a dropped connection carries an ``Idempotency-Key`` and is done once. A signature
is different: its request holds a password, of which no hash is kept, and a wrong one counts towards lock-out even
though nothing is done. Signing twice changes nothing but the signature, and after the start nothing is signed.
"""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.bedside_requests import Values, act_once, answer, bedside, read_input
from dosing.api.course_shapes import ExposureShape
from dosing.api.infusion_inputs import (
    CompleteInput,
    HappenedInput,
    NotGivenInput,
    PauseInput,
    PlanInput,
    StartInput,
    StopInput,
)
from dosing.api.infusion_shapes import InfusionLine, InfusionShape
from dosing.filters import InfusionFilter
from dosing.models import Infusion
from dosing.rules.states import NotGivenBecause, PauseReason, StopReason
from dosing.selectors.exposure import exposure_of
from dosing.selectors.infusions import visible_infusions
from dosing.services import infusion_course, infusions, observation
from enrollment.selectors.subjects import subject_or_404
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission


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
        values = read_input(PlanInput, request)
        planned = infusions.plan(
            subject=subject, number=values["number"], planned_on=values["planned_on"], by=trial.user, at=trial.at
        )
        return answer(trial, planned.pk, code=status.HTTP_201_CREATED)


class SubjectExposure(APIView):
    permission = Permission.INFUSION_VIEW

    @extend_schema(responses=ExposureShape)
    def get(self, request: Request, code: str) -> Response:
        """What one subject has received so far, against what was planned for the same infusions."""
        subject = subject_or_404(trial_of(request), code=code)
        return Response(ExposureShape(exposure_of(subject)).data)


class InfusionDetail(APIView):
    permission = Permission.INFUSION_VIEW

    @extend_schema(responses=InfusionShape)
    def get(self, request: Request, pk: int) -> Response:
        """The infusion as it stands, and what the guard says of a start by this person now."""
        return answer(trial_of(request), pk)


class Start(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=StartInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Start the infusion, if no reason stands against it. Of two starts one wins; the other learns whose."""
        return act_once(request, pk, shape=StartInput, act=_start)


class Pause(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=PauseInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Pause a running infusion, with the reason."""
        return act_once(request, pk, shape=PauseInput, act=_pause)


class Resume(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=HappenedInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Go on with a paused infusion."""
        return act_once(request, pk, shape=HappenedInput, act=_resume)


class Complete(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=CompleteInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """End an infusion that was given as planned."""
        return act_once(request, pk, shape=CompleteInput, act=_complete)


class Stop(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=StopInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Stop an infusion before its end."""
        return act_once(request, pk, shape=StopInput, act=_stop)


class NotGiven(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=NotGivenInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Record that a planned infusion will not be given."""
        return act_once(request, pk, shape=NotGivenInput, act=_not_given)


class EndObservation(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=HappenedInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """The observation on the day of the infusion is over."""
        return act_once(request, pk, shape=HappenedInput, act=_end_observation)


class Discharge(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=HappenedInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """The participant leaves the ward."""
        return act_once(request, pk, shape=HappenedInput, act=_discharge)


def _listed(trial: TrialContext) -> QuerySet[Infusion]:
    return visible_infusions(trial).select_related("protocol_version")


def _zone(infusion: Infusion) -> str:
    return infusion.subject.site.timezone


def _start(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    entry = StartInput.entry(values, timezone=_zone(infusion))
    return infusions.start(infusion=infusion, entry=entry, by=trial.user, at=trial.at)


def _pause(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusion_course.pause(
        infusion=infusion,
        reason=PauseReason(values["reason"]),
        note=values["note"],
        by=trial.user,
        at=trial.at,
        happened_at=HappenedInput.happened(values, timezone=_zone(infusion)),
    )


def _resume(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    happened_at = HappenedInput.happened(values, timezone=_zone(infusion))
    return infusion_course.resume(infusion=infusion, by=trial.user, at=trial.at, happened_at=happened_at)


def _complete(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusion_course.complete(
        infusion=infusion,
        volumes=CompleteInput.volumes(values),
        by=trial.user,
        at=trial.at,
        happened_at=HappenedInput.happened(values, timezone=_zone(infusion)),
    )


def _stop(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    return infusion_course.stop(
        infusion=infusion,
        volumes=CompleteInput.volumes(values),
        reason=StopReason(values["reason"]),
        note=values["note"],
        by=trial.user,
        at=trial.at,
        happened_at=HappenedInput.happened(values, timezone=_zone(infusion)),
    )


def _not_given(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    because = NotGivenBecause(values["because"])
    return infusions.not_given(infusion=infusion, because=because, reason=values["reason"], by=trial.user, at=trial.at)


def _end_observation(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    happened_at = HappenedInput.happened(values, timezone=_zone(infusion))
    return observation.end(infusion=infusion, by=trial.user, at=trial.at, happened_at=happened_at)


def _discharge(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    happened_at = HappenedInput.happened(values, timezone=_zone(infusion))
    return observation.discharge(infusion=infusion, by=trial.user, at=trial.at, happened_at=happened_at)
