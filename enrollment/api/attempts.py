"""Attempts at screening for programs: what became of them, their end without a failing criterion, the next one."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.filters import ScreeningLogFilter
from enrollment.forms.attempts import LONGEST_REASON
from enrollment.models import Screening
from enrollment.rules.screening_log import AttemptOutcome
from enrollment.rules.states import ConsentStatus, NotContinued
from enrollment.selectors.birth_dates import facts_for
from enrollment.selectors.eligibility import current_screening
from enrollment.selectors.screening_log import ORDER, LogLine, log_lines, log_rows
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import attempts, closing
from trial.edge.context import trial_of
from trial.permissions import Permission


class AttemptShape(serializers.Serializer[Any]):
    """A line of the screening and enrolment log. ``consent`` is the latest answer by the end of the attempt;
    ``slot`` and ``subject_number`` are what an enrolled attempt led to."""

    screening_number = serializers.CharField(source="screening.screening_number")
    subject = serializers.CharField(source="subject.code")
    attempt = serializers.IntegerField(source="screening.attempt")
    site = serializers.CharField(source="subject.site.code")
    begun_at = serializers.DateTimeField(source="screening.started_at")
    rescreened_because = serializers.CharField(source="screening.rescreened_because")
    consent = serializers.ChoiceField(choices=[status.value for status in ConsentStatus], allow_blank=True)
    consent_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in AttemptOutcome])
    first_failing = serializers.CharField(source="failure.first_code", default="")
    failing = serializers.ListField(child=serializers.CharField(), source="screening.failure_codes")
    not_continued = serializers.CharField(source="failure.not_continued", default="")
    note = serializers.CharField(source="failure.note", default="")
    closed_at = serializers.DateTimeField(source="screening.failed_at", allow_null=True)
    closed_by = serializers.CharField(source="failure.recorded_by.username", default=None, allow_null=True)
    slot = serializers.CharField(source="allocation.slot.label", default=None, allow_null=True)
    subject_number = serializers.IntegerField(source="allocation.subject_number", default=None, allow_null=True)
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)


class FrozenShape(AttemptShape):
    """``evaluation``: the frozen document, whose SHA-256 is ``content_sha256``; null while the attempt is open. Outside
    the site it holds the year of birth instead of the day."""

    evaluation = serializers.SerializerMethodField()
    content_sha256 = serializers.CharField(source="failure.content_sha256", default=None, allow_null=True)

    def get_evaluation(self, line: LogLine) -> dict[str, Any] | None:
        if not line.failure:
            return None
        content: dict[str, Any] = json.loads(line.failure.content)
        shown = {
            key: facts_for(self.context["trial"], line.subject, content[key])
            for key in ("facts", "entered")
            if key in content
        }
        return content | shown


class DiscontinuationInput(serializers.Serializer[Any]):
    because = serializers.ChoiceField(choices=[reason.value for reason in NotContinued])
    note = serializers.CharField(max_length=LONGEST_REASON)


class RescreeningInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=LONGEST_REASON)


class ScreeningLog(ListAPIView[Screening]):
    """The screening and enrolment log of the sites this person may see, the latest attempt first."""

    permission = Permission.SUBJECT_VIEW
    serializer_class = AttemptShape
    filterset_class = ScreeningLogFilter
    queryset = Screening.objects.none()

    def get_queryset(self) -> QuerySet[Screening]:
        if getattr(self, "swagger_fake_view", False):
            return Screening.objects.none()
        return log_rows(trial_of(self.request)).order_by(*ORDER)

    def paginate_queryset(self, queryset: Any) -> Any:
        """The rows of a page as lines of the log."""
        return list(log_lines(super().paginate_queryset(queryset) or ()))


class SubjectAttempts(APIView):
    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.SCREENING_EDIT

    @extend_schema(responses=AttemptShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        """All attempts of a subject, the latest first."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        return Response(AttemptShape(_lines(request, code=subject.code), many=True).data)

    @extend_schema(request=RescreeningInput, responses={201: AttemptShape})
    def post(self, request: Request, code: str) -> Response:
        """Screen again after a failure: durable facts and interviews in force are carried over."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        shape = RescreeningInput(data=request.data)
        shape.is_valid(raise_exception=True)
        attempts.rescreen(subject=subject, reason=shape.validated_data["reason"], by=trial.user, at=trial.at)
        (latest, *_earlier) = _lines(request, code=subject.code)
        return Response(AttemptShape(latest).data, status=status.HTTP_201_CREATED)


class SubjectAttempt(APIView):
    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=FrozenShape)
    def get(self, request: Request, code: str, number: int) -> Response:
        """One attempt with the evaluation that was frozen when it was closed."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        line = next((each for each in _lines(request, code=subject.code) if each.screening.attempt == number), None)
        if line is None:
            raise Http404
        return Response(FrozenShape(line, context={"trial": trial}).data)


class Discontinuation(APIView):
    permission = Permission.SCREENING_EDIT

    @extend_schema(request=DiscontinuationInput, responses=AttemptShape)
    def post(self, request: Request, code: str) -> Response:
        """Close a screening in which no criterion failed, and say why."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        shape = DiscontinuationInput(data=request.data)
        shape.is_valid(raise_exception=True)
        closing.discontinue(
            screening=current_screening(subject),
            because=NotContinued(shape.validated_data["because"]),
            note=shape.validated_data["note"],
            by=trial.user,
            at=trial.at,
        )
        (latest, *_earlier) = _lines(request, code=subject.code)
        return Response(AttemptShape(latest).data)


def _lines(request: Request, *, code: str) -> list[LogLine]:
    """The attempts of one subject as lines of the log, the latest first."""
    rows = log_rows(trial_of(request)).filter(subject__code=code)
    return list(log_lines(rows.order_by("-attempt")))
