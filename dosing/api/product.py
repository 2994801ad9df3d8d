"""Lots for programs: received, tested, released by signature, rejected; the same rules and reasons as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.product_shapes import (
    LotDetailShape,
    LotShape,
    ReceiveInput,
    ReleaseInput,
    TestInput,
    WhyInput,
)
from dosing.lot_filter import LotFilter
from dosing.models import ProductLot
from dosing.selectors.lots import criterion_lines, lot_or_404, visible_lots
from dosing.services import lots
from trial.api.signing import proof_of
from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock
from trial.rules.states import Meaning
from trial.services.signatures import content_hash


class LotList(ListAPIView[ProductLot]):
    """The lots of the study, and receiving one into quarantine."""

    permission = Permission.PRODUCT_VIEW
    post_permission = Permission.PRODUCT_HANDLE
    serializer_class = LotShape
    filterset_class = LotFilter
    queryset = ProductLot.objects.none()

    def get_queryset(self) -> QuerySet[ProductLot]:
        if getattr(self, "swagger_fake_view", False):
            return ProductLot.objects.none()
        return visible_lots(trial_of(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["plan"] = trial_of(self.request).definition.product
        return context

    @extend_schema(request=ReceiveInput, responses={201: LotDetailShape})
    def post(self, request: Request) -> Response:
        trial = trial_of(request)
        given = ReceiveInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        received = lots.receive(
            study=trial.study,
            number=values["number"],
            donor_code=values["donor_code"],
            expires_at=from_wall_clock(values["expires_at"], timezone=trial.access.timezone),
            by=trial.user,
            at=trial.at,
        )
        return _answer(request, received.number, answer_status=status.HTTP_201_CREATED)


class LotDetail(APIView):
    """A lot with every release criterion, what stands against its release, and the hash that a release signs."""

    permission = Permission.PRODUCT_VIEW

    @extend_schema(responses=LotDetailShape)
    def get(self, request: Request, number: str) -> Response:
        return _answer(request, number)


class LotTests(APIView):
    """Record the result of one release test. It is entered once and not overwritten."""

    permission = Permission.PRODUCT_HANDLE

    @extend_schema(request=TestInput, responses={201: LotDetailShape})
    def post(self, request: Request, number: str) -> Response:
        trial = trial_of(request)
        lot = lot_or_404(trial, number)
        given = TestInput(data=request.data)
        given.is_valid(raise_exception=True)
        lots.record_test(lot=lot, by=trial.user, at=trial.at, **given.validated_data)
        return _answer(request, number, answer_status=status.HTTP_201_CREATED)


class AcceptPending(APIView):
    """Sign, before the release and apart from it, that the lot may be released although a late result is pending."""

    permission = Permission.PRODUCT_RELEASE

    @extend_schema(request=ReleaseInput, responses=LotDetailShape)
    def post(self, request: Request, number: str) -> Response:
        trial = trial_of(request)
        lot = lot_or_404(trial, number)
        given = ReleaseInput(data=request.data)
        given.is_valid(raise_exception=True)
        proof = proof_of(request, given.validated_data["signature"], meaning=Meaning.CONDITIONAL_RELEASE)
        lots.accept_pending(lot=lot, proof=proof, at=trial.at)
        return _answer(request, number)


class ReleaseLot(APIView):
    """Release a lot by the signature of quality assurance."""

    permission = Permission.PRODUCT_RELEASE

    @extend_schema(request=ReleaseInput, responses=LotDetailShape)
    def post(self, request: Request, number: str) -> Response:
        trial = trial_of(request)
        lot = lot_or_404(trial, number)
        given = ReleaseInput(data=request.data)
        given.is_valid(raise_exception=True)
        proof = proof_of(request, given.validated_data["signature"], meaning=Meaning.PRODUCT_RELEASE)
        lots.release(lot=lot, proof=proof, at=trial.at)
        return _answer(request, number)


class RejectLot(APIView):
    """Reject a lot, released or not. Never undone."""

    permission = Permission.PRODUCT_RELEASE

    @extend_schema(request=WhyInput, responses=LotDetailShape)
    def post(self, request: Request, number: str) -> Response:
        trial = trial_of(request)
        lot = lot_or_404(trial, number)
        given = WhyInput(data=request.data)
        given.is_valid(raise_exception=True)
        lots.reject(lot=lot, reason=given.validated_data["reason"], by=trial.user, at=trial.at)
        return _answer(request, number)


def _answer(request: Request, number: str, *, answer_status: int = status.HTTP_200_OK) -> Response:
    """The lot as it stands after the request."""
    trial = trial_of(request)
    lot = lot_or_404(trial, number)
    plan = trial.definition.product
    context = {
        "plan": plan,
        "lines": criterion_lines(lot, plan=plan),
        "release": lots.release_decision(lot, at=trial.at),
        "conditional": lots.accept_pending_decision(lot, at=trial.at),
        "content_hash": content_hash(lots.release_content(lot)),
        "conditional_content_hash": content_hash(lots.conditional_content(lot)),
    }
    return Response(LotDetailShape(lot, context=context).data, status=answer_status)
