"""Holds on dosing for programs: listed, placed, and signed for lifting."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.selectors.subjects import subject_or_404
from safety.api.gate_shapes import ReasonSerializer
from safety.api.signing import SignedRationaleInput
from safety.filters import HoldFilter
from safety.rules.lifting import lifting_role
from safety.selectors.hold_list import hold_or_404, visible_holds
from safety.selectors.holds import lift_page
from safety.services import manual_holds, resumption
from trial.api.signing import proof_of
from trial.edge.api import once
from trial.edge.context import TrialContext, trial_of
from trial.models import Cohort, DosingHold
from trial.permissions import TABLE, Permission
from trial.rules.canonical import canonical_json
from trial.rules.states import Meaning

_SOME_TEXT = "-"


class HoldSerializer(serializers.ModelSerializer[DosingHold]):
    """``scope`` in words; ``cohort`` and ``subject`` are null for a hold of the whole study."""

    scope = serializers.CharField()
    cohort = serializers.IntegerField(source="cohort.number", default=None)
    subject = serializers.SerializerMethodField()
    placed_by = serializers.CharField(source="placed_by.printed_name")
    in_force = serializers.SerializerMethodField()

    class Meta:
        model = DosingHold
        fields = [
            "id",
            "scope",
            "cohort",
            "subject",
            "kind",
            "reason",
            "placed_at",
            "placed_by",
            "lifted_at",
            "in_force",
        ]

    def get_subject(self, hold: DosingHold) -> str | None:
        return hold.subject_code or None

    def get_in_force(self, hold: DosingHold) -> bool:
        return hold.lifted_at is None


class PlaceInput(serializers.Serializer[Any]):
    """Neither ``cohort`` nor ``subject``: the whole study is held."""

    reason = serializers.CharField(max_length=2000)
    cohort = serializers.IntegerField(required=False, allow_null=True)
    subject = serializers.CharField(required=False, allow_null=True, max_length=24)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("cohort") is not None and attrs.get("subject"):
            raise serializers.ValidationError({"subject": ["A hold has one scope: a cohort or a subject."]})
        return attrs


class LiftAnswer(serializers.Serializer[Any]):
    """What a signature for the lift covers: its content as canonical JSON, and the hash to send back."""

    hold = HoldSerializer()
    content = serializers.CharField()
    content_hash = serializers.CharField()
    has_signed = serializers.ListField(child=serializers.CharField())
    signatures_missing = serializers.ListField(child=serializers.CharField())
    reasons = ReasonSerializer(many=True)


class HoldList(ListAPIView[DosingHold]):
    """Holds, past ones included; a POST places one."""

    permission = Permission.GATE_VIEW
    post_permission = Permission.HOLD_PLACE
    serializer_class = HoldSerializer
    filterset_class = HoldFilter
    queryset = DosingHold.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return DosingHold.objects.none()
        return visible_holds(trial_of(self.request))

    @extend_schema(
        request=PlaceInput,
        responses={201: HoldSerializer},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=False)],
    )
    def post(self, request: Request) -> Response:
        """Hold dosing. It asks for a reason and nothing else; with an ``Idempotency-Key`` it is placed once."""
        if request.headers.get("Idempotency-Key"):
            return once(request, lambda: self._place(request))
        return self._place(request)

    def _place(self, request: Request) -> Response:
        trial = trial_of(request)
        given = PlaceInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        number, code = values.get("cohort"), values.get("subject")
        hold = manual_holds.place(
            study=trial.study,
            reason=values["reason"],
            cohort=None if number is None else get_object_or_404(Cohort, study=trial.study, number=number),
            subject=subject_or_404(trial, code=code) if code else None,
            by=trial.user,
            at=trial.at,
        )
        return Response(HoldSerializer(hold).data, status=status.HTTP_201_CREATED)


class LiftHold(APIView):
    """What a lift signs, and signing it. The last signature required ends the hold."""

    permission = Permission.GATE_VIEW
    post_permission = Permission.HOLD_LIFT

    @extend_schema(responses=LiftAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return _answer(trial_of(request), pk)

    @extend_schema(request=SignedRationaleInput, responses=LiftAnswer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = SignedRationaleInput(data=request.data)
        given.is_valid(raise_exception=True)
        resumption.sign_lift(
            hold=hold_or_404(trial, pk=pk),
            rationale=given.validated_data["rationale"],
            proof=proof_of(request, given.validated_data["signature"], meaning=Meaning.HOLD_LIFT),
            at=trial.at,
        )
        return _answer(trial, pk)


def _answer(trial: TrialContext, pk: int) -> Response:
    page = lift_page(hold_or_404(trial, pk=pk), at=trial.at)
    held = trial.access.roles(at=trial.at) & TABLE[Permission.HOLD_LIFT].roles
    decision = page.decision(rationale=_SOME_TEXT, signer_id=trial.user.pk, role=lifting_role(held, policy=page.policy))
    return Response(
        LiftAnswer(
            {
                "hold": page.hold,
                "content": canonical_json(page.content),
                "content_hash": page.content_sha256,
                "has_signed": [vote.role.value for vote in page.signed],
                "signatures_missing": [role.value for role in page.missing],
                "reasons": [reason.as_dict() for reason in decision.reasons],
            }
        ).data
    )
