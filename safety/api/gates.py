"""Gates and their reviews for programs. The gate answers in the shape of ``explain gate``."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from safety.api.gate_shapes import GateAnswer, GateLine, ReviewAnswer, VoteInput
from safety.models import GateReview
from safety.rules.gate_answer import gate_answer
from safety.rules.states import GateDecision
from safety.selectors.gate import assess
from safety.selectors.gate_page import shown_result, signature_stands
from safety.selectors.reviews import ReviewPage, review_page
from safety.services import gate_reviews
from trial.api.signing import proof_of
from trial.documents.rendering import plain_mapping
from trial.edge.context import TrialContext, trial_of
from trial.models import Cohort
from trial.permissions import Permission
from trial.rules.states import Meaning


class GateList(ListAPIView[Cohort]):
    """The gates of the study, in order: result and state of each."""

    permission = Permission.GATE_VIEW
    serializer_class = GateLine
    queryset = Cohort.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Cohort.objects.none()
        cohorts = Cohort.objects.filter(study=trial_of(self.request).study)
        return cohorts.select_related("study").order_by("number")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["at"] = trial_of(self.request).at
        return context


class GateDetail(APIView):
    """The gate of a cohort as it stands now: result, reasons, events, participants, permission, state."""

    permission = Permission.GATE_VIEW

    @extend_schema(responses=GateAnswer)
    def get(self, request: Request, cohort: int) -> Response:
        trial = trial_of(request)
        assessment = assess(_cohort(trial, cohort), at=trial.at)
        return Response(plain_mapping(gate_answer(shown_result(assessment)), timezone=assessment.timezone))


class ConveneReview(APIView):
    """Freeze the dossier and open the vote over it."""

    permission = Permission.GATE_CONVENE

    @extend_schema(request=None, responses={201: ReviewAnswer})
    def post(self, request: Request, cohort: int) -> Response:
        trial = trial_of(request)
        review = gate_reviews.convene(cohort=_cohort(trial, cohort), by=trial.user, at=trial.at)
        return _answer(trial, review.pk, status.HTTP_201_CREATED)


class ReviewDetail(APIView):
    """A review: who has voted, who still has to; the votes themselves once all are in."""

    permission = Permission.GATE_VIEW

    @extend_schema(responses=ReviewAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return _answer(trial_of(request), pk)


class VoteInReview(APIView):
    """Sign a vote over the frozen dossier; ``content_hash`` is its SHA-256."""

    permission = Permission.GATE_VOTE

    @extend_schema(request=VoteInput, responses=ReviewAnswer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = VoteInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        review = _review(trial, pk)
        gate_reviews.vote(
            review=review,
            decision=GateDecision(values["decision"]),
            rationale=values["rationale"],
            proof=proof_of(request, values["signature"], meaning=Meaning.GATE_DECISION),
            at=trial.at,
        )
        return _answer(trial, pk)


class ReviewDossier(APIView):
    """The canonical JSON that was frozen, byte for byte: its SHA-256 is the hash that is signed."""

    permission = Permission.GATE_VIEW

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> HttpResponse:
        review = _review(trial_of(request), pk)
        return HttpResponse(review.dossier, content_type="application/json; charset=utf-8")


def _cohort(trial: TrialContext, number: int) -> Cohort:
    return get_object_or_404(Cohort.objects.filter(study=trial.study).select_related("study"), number=number)


def _review(trial: TrialContext, pk: int) -> GateReview:
    rows = GateReview.objects.filter(cohort__study=trial.study)
    found = rows.select_related("cohort__study", "protocol_version", "convened_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _answer(trial: TrialContext, pk: int, code: int = status.HTTP_200_OK) -> Response:
    page = review_page(_review(trial, pk), seen_by=trial.user)
    return Response(ReviewAnswer(_shape(page)).data, status=code)


def _shape(page: ReviewPage) -> dict[str, object]:
    review = page.review
    return {
        "id": review.pk,
        "cohort": review.cohort.number,
        "number": review.number,
        "convened_at": review.convened_at,
        "convened_by": review.convened_by.printed_name,
        "dossier_sha256": review.dossier_sha256,
        "decision": review.decision or None,
        "decided_at": review.decided_at,
        "superseded_at": review.superseded_at,
        "has_voted": [role.value for role in page.voted],
        "signatures_missing": [role.value for role in page.missing],
        "votes": [
            {
                "role": vote.role,
                "vote": vote.vote,
                "rationale": vote.rationale,
                "voted_at": vote.voted_at,
                "printed_name": vote.signature.printed_name,
                "signature_sha256": vote.signature.content_sha256,
                "valid": signature_stands(vote.signature, review=review),
            }
            for vote in page.votes
        ],
    }
