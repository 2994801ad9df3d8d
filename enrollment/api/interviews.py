"""Interviews on family support for programs: list, the hash to sign, signature, withdrawal."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.forms.interview import LONGEST_NOTE
from enrollment.models import SupportInterview
from enrollment.rules.states import InterviewKind
from enrollment.selectors.interviews import interviews_of
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import interviews
from enrollment.services.interviews import InterviewEntry, interview_content
from trial.api.signing import SignatureInput, proof_of
from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import content_hash


class InterviewShape(serializers.ModelSerializer[SupportInterview]):
    """``withdrawn_at`` null: the interview is in force, and is what screening says."""

    signed_by = serializers.CharField(source="signature.printed_name")
    signed_at = serializers.DateTimeField(source="signature.signed_at")
    content_sha256 = serializers.CharField(source="signature.content_sha256")
    withdrawn_by = serializers.CharField(source="withdrawn_by.username", default=None, allow_null=True)

    class Meta:
        model = SupportInterview
        fields = [
            "id",
            "kind",
            "held_on",
            "supported",
            "note",
            "signed_by",
            "signed_at",
            "content_sha256",
            "withdrawn_at",
            "withdrawn_by",
            "withdrawn_reason",
        ]


class InterviewInput(serializers.Serializer[Any]):
    """``kind`` is that of the role in which one signs; ``held_on`` is the site-local day."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in InterviewKind])
    held_on = serializers.DateField()
    supported = serializers.BooleanField()
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")

    @staticmethod
    def entry(given: dict[str, Any]) -> InterviewEntry:
        return InterviewEntry(
            kind=InterviewKind(given["kind"]),
            held_on=given["held_on"],
            supported=given["supported"],
            note=given["note"],
        )


class SignedInterviewInput(InterviewInput):
    signature = SignatureInput()


class InterviewHashOutput(serializers.Serializer[Any]):
    content_hash = serializers.CharField()


class InterviewWithdrawalInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=LONGEST_NOTE)


class SubjectInterviews(APIView):
    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.INTERVIEW_SIGN

    @extend_schema(responses=InterviewShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        """All interviews of a subject, the latest first."""
        subject = subject_or_404(trial_of(request), code=code)
        return Response(InterviewShape(interviews_of(subject), many=True).data)

    @extend_schema(request=SignedInterviewInput, responses={201: InterviewShape})
    def post(self, request: Request, code: str) -> Response:
        """Record and sign an interview; what it found becomes a screening fact."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        shape = SignedInterviewInput(data=request.data)
        shape.is_valid(raise_exception=True)
        proof = proof_of(request, shape.validated_data["signature"], meaning=Meaning.SUPPORT_INTERVIEW)
        held = interviews.hold(
            subject=subject, entry=InterviewInput.entry(shape.validated_data), proof=proof, at=trial.at
        )
        return Response(InterviewShape(held).data, status=status.HTTP_201_CREATED)


class InterviewHash(APIView):
    """The hash that a signature under this interview has to carry. Changes nothing."""

    permission = Permission.INTERVIEW_SIGN

    @extend_schema(request=InterviewInput, responses=InterviewHashOutput)
    def post(self, request: Request, code: str) -> Response:
        subject = subject_or_404(trial_of(request), code=code)
        shape = InterviewInput(data=request.data)
        shape.is_valid(raise_exception=True)
        content = interview_content(subject, InterviewInput.entry(shape.validated_data))
        return Response(InterviewHashOutput({"content_hash": content_hash(content)}).data)


class InterviewWithdrawal(APIView):
    """The interview no longer counts; it stays readable."""

    permission = Permission.INTERVIEW_SIGN

    @extend_schema(request=InterviewWithdrawalInput, responses=InterviewShape)
    def post(self, request: Request, code: str, pk: int) -> Response:
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        shape = InterviewWithdrawalInput(data=request.data)
        shape.is_valid(raise_exception=True)
        interview = get_object_or_404(subject.interviews.select_related("subject"), pk=pk)
        withdrawn = interviews.withdraw(
            interview=interview, reason=shape.validated_data["reason"], by=trial.user, at=trial.at
        )
        return Response(InterviewShape(withdrawn).data)
