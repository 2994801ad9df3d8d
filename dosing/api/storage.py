"""Quarantine, temperatures, follow-ups, accountability and traceability for programs, as the pages have them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.storage_shapes import (
    BalanceShape,
    DecideInput,
    EndInput,
    ExcursionInput,
    ExcursionShape,
    FollowUpShape,
    ImportInput,
    LogShape,
    OutcomeInput,
    PreviewShape,
    QuarantineShape,
    TraceShape,
)
from dosing.models import Quarantine, RecipientFollowUp, TemperatureExcursion, TemperatureLog
from dosing.rules.accountability import EMPTY, Balance
from dosing.rules.states import ExcursionDecision
from dosing.selectors.accountability import balances, lots_of, trace_of_lot, trace_of_subject
from dosing.selectors.custody import (
    excursion_or_404,
    follow_up_or_404,
    quarantine_or_404,
    visible_excursions,
    visible_follow_ups,
    visible_logs,
    visible_quarantines,
)
from dosing.selectors.lots import lot_or_404
from dosing.services import follow_ups, quarantines, temperatures
from enrollment.selectors.subjects import subject_or_404
from trial.api.signing import proof_of
from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock
from trial.rules.states import Meaning


class QuarantineList(ListAPIView[Quarantine]):
    """Units set aside, those that wait for a decision first."""

    permission = Permission.PRODUCT_VIEW
    serializer_class = QuarantineShape
    queryset = Quarantine.objects.none()

    def get_queryset(self) -> QuerySet[Quarantine]:
        if getattr(self, "swagger_fake_view", False):
            return Quarantine.objects.none()
        return visible_quarantines(trial_of(self.request))


class QuarantineDetail(APIView):
    """One quarantine; a POST is the signed decision of quality assurance."""

    permission = Permission.PRODUCT_VIEW
    post_permission = Permission.PRODUCT_RELEASE

    @extend_schema(responses=QuarantineShape)
    def get(self, request: Request, pk: int) -> Response:
        return Response(QuarantineShape(quarantine_or_404(trial_of(request), pk)).data)

    @extend_schema(request=DecideInput, responses=QuarantineShape)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        shown = quarantine_or_404(trial, pk)
        values = _given(DecideInput, request)
        quarantines.decide(
            quarantine=shown,
            decision=ExcursionDecision(values["decision"]),
            rationale=values["rationale"],
            proof=proof_of(request, values["signature"], meaning=Meaning.QUARANTINE_DECISION),
            at=trial.at,
        )
        return Response(QuarantineShape(quarantine_or_404(trial, pk)).data)


class LogList(ListAPIView[TemperatureLog]):
    """Logger files; a POST imports one whole, or nothing of it."""

    permission = Permission.PRODUCT_VIEW
    post_permission = Permission.PRODUCT_HANDLE
    serializer_class = LogShape
    queryset = TemperatureLog.objects.none()

    def get_queryset(self) -> QuerySet[TemperatureLog]:
        if getattr(self, "swagger_fake_view", False):
            return TemperatureLog.objects.none()
        return visible_logs(trial_of(self.request))

    @extend_schema(request=ImportInput, responses={200: PreviewShape, 201: LogShape})
    def post(self, request: Request) -> Response:
        trial = trial_of(request)
        values = _given(ImportInput, request)
        upload = ImportInput.upload(values)
        if values["check_only"]:
            judged = temperatures.preview(study=trial.study, upload=upload, timezone=trial.access.timezone, at=trial.at)
            told = {
                "readings": len(judged.file.readings),
                "problems": judged.file.problems,
                "excursions": judged.excursions,
                "reasons": [reason.as_dict() for reason in judged.against.reasons],
            }
            return Response(PreviewShape(told).data)
        log = temperatures.import_log(study=trial.study, upload=upload, by=trial.user, at=trial.at)
        return Response(LogShape(log).data, status=status.HTTP_201_CREATED)


class ExcursionList(ListAPIView[TemperatureExcursion]):
    """Excursions, those that go on first; a POST reports one by hand and sets aside what stood there."""

    permission = Permission.PRODUCT_VIEW
    post_permission = Permission.PRODUCT_HANDLE
    serializer_class = ExcursionShape
    queryset = TemperatureExcursion.objects.none()

    def get_queryset(self) -> QuerySet[TemperatureExcursion]:
        if getattr(self, "swagger_fake_view", False):
            return TemperatureExcursion.objects.none()
        return visible_excursions(trial_of(self.request))

    @extend_schema(request=ExcursionInput, responses={201: ExcursionShape})
    def post(self, request: Request) -> Response:
        trial = trial_of(request)
        report = ExcursionInput.report(_given(ExcursionInput, request), timezone=trial.access.timezone)
        made = temperatures.report(study=trial.study, report=report, by=trial.user, at=trial.at)
        return Response(ExcursionShape(made).data, status=status.HTTP_201_CREATED)


class EndExcursion(APIView):
    """When an open excursion ended."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=EndInput, responses=ExcursionShape)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        shown = excursion_or_404(trial, pk)
        values = _given(EndInput, request)
        ended_at = from_wall_clock(values["ended_at"], timezone=trial.access.timezone)
        temperatures.end(excursion=shown, ended_at=ended_at, note=values["note"], by=trial.user, at=trial.at)
        return Response(ExcursionShape(excursion_or_404(trial, pk)).data)


class FollowUpList(ListAPIView[RecipientFollowUp]):
    """Recipients to be followed up, open ones first."""

    permission = Permission.PRODUCT_VIEW
    serializer_class = FollowUpShape
    queryset = RecipientFollowUp.objects.none()

    def get_queryset(self) -> QuerySet[RecipientFollowUp]:
        if getattr(self, "swagger_fake_view", False):
            return RecipientFollowUp.objects.none()
        return visible_follow_ups(trial_of(self.request))


class CloseFollowUp(APIView):
    """Close a follow-up with what came of it."""

    permission = Permission.EVENT_ASSESS

    @extend_schema(request=OutcomeInput, responses=FollowUpShape)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        shown = follow_up_or_404(trial, pk)
        outcome = _given(OutcomeInput, request)["outcome"]
        follow_ups.close(follow_up=shown, outcome=outcome, by=trial.user, at=trial.at)
        return Response(FollowUpShape(follow_up_or_404(trial, pk)).data)


class Accountability(APIView):
    """The balance of every lot, and of all together."""

    permission = Permission.PRODUCT_VIEW

    @extend_schema(responses=BalanceShape(many=True))
    def get(self, request: Request) -> Response:
        every = list(lots_of(trial_of(request).study))
        found = balances(every)
        lines = [_balance(lot.number, found[lot.pk]) for lot in every]
        return Response([*lines, _balance(None, sum(found.values(), EMPTY))])


class LotTrace(APIView):
    """From the lot to whoever received it, and what became of the infusion."""

    permission = Permission.PRODUCT_VIEW

    @extend_schema(responses=TraceShape(many=True))
    def get(self, request: Request, number: str) -> Response:
        trial = trial_of(request)
        return Response(TraceShape(trace_of_lot(trial, lot_or_404(trial, number)), many=True).data)


class SubjectTrace(APIView):
    """From the subject to units, lots and donors."""

    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=TraceShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        trial = trial_of(request)
        return Response(TraceShape(trace_of_subject(trial, subject_or_404(trial, code=code)), many=True).data)


def _balance(lot: str | None, balance: Balance) -> dict[str, Any]:
    told = {
        "lot": lot,
        "received": balance.received,
        "by_state": {state.value: count for state, count in balance.by_state.items()},
        "difference": balance.difference,
        "disputed": balance.disputed,
        "balances": balance.balances,
    }
    return dict(BalanceShape(told).data)


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = given.validated_data
    return values
