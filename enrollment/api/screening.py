"""Screening for programs: facts and verdict, signature, failure."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.assessed import beside
from enrollment.api.shapes import FactsInput, ScreeningShape, SigningInput
from enrollment.models import Screening, Subject
from enrollment.selectors.birth_dates import facts_for
from enrollment.selectors.eligibility import current_screening, evaluate_screening
from enrollment.selectors.screening import signed_eligibility
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import screenings
from trial.api.signing import proof_of
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.states import Meaning


class SubjectScreening(APIView):
    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.SCREENING_EDIT

    @extend_schema(responses=ScreeningShape)
    def get(self, request: Request, code: str) -> Response:
        """The facts as they are saved, the verdict on them now, and the state of its signature."""
        trial = trial_of(request)
        return _answer(trial, subject_or_404(trial, code=code))

    @extend_schema(request=FactsInput, responses=ScreeningShape)
    def put(self, request: Request, code: str) -> Response:
        """Save the facts. What follows from consent record and calendar is never taken from a request."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = FactsInput(data=request.data)
        given.is_valid(raise_exception=True)
        screenings.save_facts(
            screening=current_screening(subject),
            facts=given.validated_data["facts"],
            seen_sha256=given.validated_data["seen_sha256"],
            reason=given.validated_data["reason"],
            by=trial.user,
            at=trial.at,
        )
        return _answer(trial, subject_or_404(trial, code=code))


class SignEligibility(APIView):
    permission = Permission.ELIGIBILITY_SIGN

    @extend_schema(request=SigningInput, responses=ScreeningShape)
    def post(self, request: Request, code: str) -> Response:
        """Sign the verdict whose ``content_hash`` was read; a change since then is refused as ``stale``."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = SigningInput(data=request.data)
        given.is_valid(raise_exception=True)
        proof = proof_of(request, given.validated_data["signature"], meaning=Meaning.ELIGIBILITY)
        screenings.sign_eligibility(screening=current_screening(subject), proof=proof, at=trial.at)
        return _answer(trial, subject_or_404(trial, code=code))


class FailScreening(APIView):
    permission = Permission.SCREENING_EDIT

    @extend_schema(request=None, responses=ScreeningShape)
    def post(self, request: Request, code: str) -> Response:
        """Close the screening as failed, with all failing criteria."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        screenings.fail(screening=current_screening(subject), by=trial.user, at=trial.at)
        return _answer(trial, subject_or_404(trial, code=code))


def _answer(trial: TrialContext, subject: Subject) -> Response:
    screening = current_screening(subject)
    evaluation = evaluate_screening(screening, at=trial.at)
    return Response(
        {
            "subject": subject.code,
            "attempt": screening.attempt,
            "state": subject.state,
            "facts": facts_for(trial, subject, screening.facts),
            "facts_sha256": screening.facts_sha256,
            "evaluated": facts_for(trial, subject, evaluation.document),
            "verdict": evaluation.content["result"],
            "beside": beside(evaluation.assessment),
            "content_hash": evaluation.content_sha256,
            "signature": _signature_document(screening),
            "failure_codes": screening.failure_codes,
        }
    )


def _signature_document(screening: Screening) -> dict[str, Any] | None:
    signed = signed_eligibility(screening)
    if signed is None:
        return None
    signature = signed.snapshot.signature
    return {
        "signed_by": signature.printed_name,
        "role": signature.role,
        "signed_at": signature.signed_at,
        "content_sha256": signature.content_sha256,
        "intact": signed.intact,
        "changed": list(signed.changed),
    }
