"""Screening for programs: facts and verdict, signature, failure, allocation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.shapes import AllocationShape, FactsInput, ScreeningShape, SigningInput, SubjectShape
from enrollment.models import Screening, Subject
from enrollment.rules.allocation import AllocationFacts, may_allocate
from enrollment.selectors.allocation import allocation_facts
from enrollment.selectors.eligibility import current_screening, evaluate_screening
from enrollment.selectors.screening import signed_eligibility
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import allocations, screenings
from trial.api.signing import proof_of
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.decision import Decision
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


class SubjectAllocation(APIView):
    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.ALLOCATE

    @extend_schema(responses=AllocationShape)
    def get(self, request: Request, code: str) -> Response:
        """Whether this subject can be allocated now, by this person, and every reason why not."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        facts = allocation_facts(subject, at=trial.at)
        decision = trial.check(Permission.ALLOCATE, site=subject.site) + may_allocate(facts)
        return Response(_allocation_document(facts, decision))

    @extend_schema(request=None, responses={201: SubjectShape})
    def post(self, request: Request, code: str) -> Response:
        """Give this subject the next slot in order."""
        trial = trial_of(request)
        allocations.allocate(subject=subject_or_404(trial, code=code), by=trial.user, at=trial.at)
        return Response(SubjectShape(subject_or_404(trial, code=code)).data, status=status.HTTP_201_CREATED)


def _answer(trial: TrialContext, subject: Subject) -> Response:
    screening = current_screening(subject)
    evaluation = evaluate_screening(screening, at=trial.at)
    return Response(
        {
            "subject": subject.code,
            "attempt": screening.attempt,
            "state": subject.state,
            "facts": screening.facts,
            "facts_sha256": screening.facts_sha256,
            "evaluated": evaluation.document,
            "verdict": evaluation.content["result"],
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


def _allocation_document(facts: AllocationFacts, decision: Decision) -> dict[str, Any]:
    return {
        "allowed": decision.allowed,
        "reasons": [reason.as_dict() for reason in decision.reasons],
        "next_slot": facts.next_slot,
        "next_cohort": facts.next_cohort,
        "next_cohort_open": facts.next_cohort_open,
        "cohorts": [
            {"cohort": number, "filled": filled, "planned": planned} for number, filled, planned in facts.filled
        ],
    }
