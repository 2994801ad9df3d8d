"""The endorsement of a subject's data for programs: what it covers, and signing it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.models import Subject
from enrollment.selectors.subjects import subject_or_404
from safety.api.gate_shapes import ReasonSerializer
from safety.api.signing import SignedInput
from safety.selectors.endorsements import endorsement_page
from safety.services import endorsements
from trial.api.signing import proof_of
from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.rules.canonical import canonical_json
from trial.rules.states import Meaning


class EndorsementAnswer(serializers.Serializer[Any]):
    """``content`` is canonical JSON, ``content_hash`` its SHA-256, which a signature sends back; null: not dosed."""

    subject = serializers.CharField()
    content = serializers.CharField(allow_null=True)
    content_hash = serializers.CharField(allow_null=True)
    stands = serializers.BooleanField()
    reasons = ReasonSerializer(many=True)


class SubjectEndorsement(APIView):
    permission = Permission.GATE_VIEW
    post_permission = Permission.ENDORSE

    @extend_schema(responses=EndorsementAnswer)
    def get(self, request: Request, code: str) -> Response:
        return _answer(subject_or_404(trial_of(request), code=code))

    @extend_schema(request=SignedInput, responses={201: EndorsementAnswer})
    def post(self, request: Request, code: str) -> Response:
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = SignedInput(data=request.data)
        given.is_valid(raise_exception=True)
        proof = proof_of(request, given.validated_data["signature"], meaning=Meaning.ENDORSEMENT)
        endorsements.endorse(subject=subject, proof=proof, at=trial.at)
        return _answer(subject, status.HTTP_201_CREATED)


def _answer(subject: Subject, code: int = status.HTTP_200_OK) -> Response:
    page = endorsement_page(subject)
    return Response(
        EndorsementAnswer(
            {
                "subject": subject.code,
                "content": None if page is None else canonical_json(page.content),
                "content_hash": None if page is None else page.content_sha256,
                "stands": page is not None and page.stands,
                "reasons": [reason.as_dict() for reason in endorsements.decision(page).reasons],
            }
        ).data,
        status=code,
    )
