"""Loss to follow-up for programs: what stands, what would follow at the gate, and both acts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.models import Subject
from enrollment.selectors.subjects import subject_or_404
from followup.models import LossToFollowUp
from followup.selectors.losses import losses_of
from followup.services import losses
from safety.rules.evaluability import Standing
from safety.rules.outcome import Verdict
from safety.selectors.loss_preview import LossPreview, if_lost
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.site_time import site_date

_LONGEST = 4000


class LossInput(serializers.Serializer[Any]):
    lost_on = serializers.DateField(help_text="A day at the site.")
    attempts = serializers.CharField(max_length=_LONGEST)


class FoundInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=_LONGEST)


class LossShape(serializers.ModelSerializer[LossToFollowUp]):
    recorded_by = serializers.CharField(source="recorded_by.printed_name")
    found_by = serializers.CharField(source="found_by.printed_name", default=None, allow_null=True)

    class Meta:
        model = LossToFollowUp
        fields = ["lost_on", "attempts", "recorded_at", "recorded_by", "found_at", "found_by", "found_reason"]


class LossPreviewShape(serializers.Serializer[Any]):
    """``closes``: the cohort whose opening would be withdrawn."""

    cohort = serializers.IntegerField()
    standing = serializers.ChoiceField(choices=[standing.value for standing in Standing], source="then.standing")
    why = serializers.CharField(source="then.why")
    result = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict], source="result_then")
    closes = serializers.IntegerField(allow_null=True)


class LossAnswer(serializers.Serializer[Any]):
    """``would_follow``: of being lost from today, or, of who is lost, of being found; null: the gate counts nobody."""

    subject = serializers.CharField()
    lost_on = serializers.DateField(allow_null=True)
    losses = LossShape(many=True)
    would_follow = LossPreviewShape(allow_null=True)


class SubjectLoss(APIView):
    permission = Permission.GATE_VIEW
    post_permission = Permission.VISIT_EDIT

    @extend_schema(responses=LossAnswer)
    def get(self, request: Request, code: str) -> Response:
        trial = trial_of(request)
        return _answer(trial, subject_or_404(trial, code=code))

    @extend_schema(request=LossInput, responses=LossAnswer)
    def post(self, request: Request, code: str) -> Response:
        """Record that nobody reaches the participant since that day, and how they were looked for."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = LossInput(data=request.data)
        given.is_valid(raise_exception=True)
        losses.record(subject=subject, **given.validated_data, by=trial.user, at=trial.at)
        return _answer(trial, subject_or_404(trial, code=code))


class SubjectFoundAgain(APIView):
    permission = Permission.VISIT_EDIT

    @extend_schema(request=FoundInput, responses=LossAnswer)
    def post(self, request: Request, code: str) -> Response:
        """Record how a lost participant was found again."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = FoundInput(data=request.data)
        given.is_valid(raise_exception=True)
        losses.record_found(subject=subject, reason=given.validated_data["reason"], by=trial.user, at=trial.at)
        return _answer(trial, subject_or_404(trial, code=code))


def _answer(trial: TrialContext, subject: Subject) -> Response:
    today = site_date(trial.at, timezone=subject.site.timezone)
    preview: LossPreview | None = if_lost(subject, lost_on=None if subject.lost_on else today, at=trial.at)
    return Response(
        LossAnswer(
            {
                "subject": subject.code,
                "lost_on": subject.lost_on,
                "losses": losses_of(subject),
                "would_follow": preview,
            }
        ).data
    )
