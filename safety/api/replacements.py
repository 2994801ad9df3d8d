"""The replacement of a subject for programs: why they are no evidence, what stands against it, giving the slot back."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.models import Subject
from enrollment.selectors.subjects import subject_or_404
from safety.api.gate_shapes import ReasonSerializer
from safety.rules.evaluability import Standing
from safety.selectors.replacements import replacement_of
from safety.services import replacements
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission


class ReplacementInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class CapAnswer(serializers.Serializer[Any]):
    used = serializers.IntegerField()
    most = serializers.IntegerField()


class ReplacementAnswer(serializers.Serializer[Any]):
    """``standing`` null: the subject holds no slot. ``replaced_by``: subject number of who received it afterwards."""

    subject = serializers.CharField()
    slot = serializers.CharField(allow_null=True)
    subject_number = serializers.IntegerField(allow_null=True)
    standing = serializers.ChoiceField(choices=[standing.value for standing in Standing], allow_null=True)
    why = serializers.CharField(allow_null=True)
    vacated_at = serializers.DateTimeField(allow_null=True)
    vacated_reason = serializers.CharField(allow_blank=True)
    replaced_by = serializers.IntegerField(allow_null=True)
    in_cohort = CapAnswer()
    in_study = CapAnswer()
    allowed = serializers.BooleanField()
    reasons = ReasonSerializer(many=True)


class SubjectReplacement(APIView):
    permission = Permission.GATE_VIEW
    post_permission = Permission.ALLOCATE

    @extend_schema(responses=ReplacementAnswer)
    def get(self, request: Request, code: str) -> Response:
        """Whether this subject can be replaced now, by this person, and every reason why not."""
        trial = trial_of(request)
        return _answer(trial, subject_or_404(trial, code=code))

    @extend_schema(request=ReplacementInput, responses=ReplacementAnswer)
    def post(self, request: Request, code: str) -> Response:
        """Give the slot back, so that the next in line can have it."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = ReplacementInput(data=request.data)
        given.is_valid(raise_exception=True)
        replacements.vacate_slot(subject=subject, reason=given.validated_data["reason"], by=trial.user, at=trial.at)
        return _answer(trial, subject)


def _answer(trial: TrialContext, subject: Subject) -> Response:
    found = replacement_of(subject, at=trial.at)
    decision = trial.check(Permission.ALLOCATE, site=subject.site) + found.against()
    place, evaluability = found.allocation, found.evaluability
    return Response(
        ReplacementAnswer(
            {
                "subject": subject.code,
                "slot": place.slot.label if place else None,
                "subject_number": place.subject_number if place else None,
                "standing": evaluability.standing.value if evaluability else None,
                "why": evaluability.why if evaluability else None,
                "vacated_at": place.vacated_at if place else None,
                "vacated_reason": place.vacated_reason if place else "",
                "replaced_by": found.successor.subject_number if found.successor else None,
                "in_cohort": found.in_cohort,
                "in_study": found.in_study,
                "allowed": decision.allowed,
                "reasons": [reason.as_dict() for reason in decision.reasons],
            }
        ).data
    )
