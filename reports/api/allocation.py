"""Allocation and the waiting list for programs: the next slot, every reason why not, who waits and in what order."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.shapes import SubjectShape
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import allocations
from reports.api.overview import ReasonOutput
from reports.selectors.allocation import AllocationPage, allocation_page
from reports.selectors.waiting import WaitingPage, waiting_page
from trial.edge.context import trial_of
from trial.permissions import Permission

_LONGEST_REASON = 2000


class AllocationInput(serializers.Serializer[Any]):
    """``order_reason``: why this subject comes before those who wait longer; needed only where somebody does."""

    order_reason = serializers.CharField(max_length=_LONGEST_REASON, required=False, allow_blank=True, default="")


class CohortFilling(serializers.Serializer[Any]):
    cohort = serializers.IntegerField()
    filled = serializers.IntegerField()
    planned = serializers.IntegerField()


class CapOutput(serializers.Serializer[Any]):
    used = serializers.IntegerField()
    most = serializers.IntegerField()


class CapsOutput(serializers.Serializer[Any]):
    """``in_cohort``, ``cohort_replacements``: of the cohort of the next slot, null without one."""

    subjects = CapOutput()
    in_cohort = CapOutput(allow_null=True)
    cohort_replacements = CapOutput(allow_null=True)
    replacements = CapOutput()


class IntervalsOutput(serializers.Serializer[Any]):
    """What the first infusion will have to wait for; null: nobody of the cohort was dosed before."""

    cohort = serializers.IntegerField()
    sentinel_days = serializers.IntegerField()
    stagger_days = serializers.IntegerField()
    first_on = serializers.DateField(allow_null=True)
    latest_on = serializers.DateField(allow_null=True)
    sentinel_on = serializers.DateField(source="days.sentinel_on", default=None, allow_null=True)
    stagger_on = serializers.DateField(source="days.stagger_on", default=None, allow_null=True)
    earliest_on = serializers.DateField(source="days.earliest_on", default=None, allow_null=True)


class AllocationOutput(serializers.Serializer[Any]):
    """The decision on this subject now, and what it looked at. ``waiting_place`` null: not on the waiting list."""

    allowed = serializers.BooleanField()
    reasons = ReasonOutput(many=True)
    next_slot = serializers.CharField(allow_null=True)
    next_subject_number = serializers.IntegerField(allow_null=True)
    next_cohort = serializers.IntegerField(allow_null=True)
    next_cohort_open = serializers.BooleanField()
    is_replacement = serializers.BooleanField()
    cohorts = CohortFilling(many=True)
    caps = CapsOutput()
    waiting_place = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField()
    intervals = IntervalsOutput(allow_null=True)


class WaitingLineOutput(serializers.Serializer[Any]):
    """``subject`` empty: of another site. ``expired``: results to repeat now; ``expiring``: by ``earliest_on``."""

    place = serializers.IntegerField()
    subject = serializers.CharField(source="code", allow_blank=True)
    site = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField()
    expired = ReasonOutput(many=True)
    expiring = ReasonOutput(many=True)


class WaitingListOutput(serializers.Serializer[Any]):
    """``gate``: the cohort whose gate is pending, null where none is. ``earliest_on``: null while it is not known."""

    next_slot = serializers.CharField(allow_null=True)
    next_cohort_open = serializers.BooleanField()
    gate = serializers.IntegerField(allow_null=True)
    earliest_review_at = serializers.DateTimeField(allow_null=True)
    earliest_on = serializers.DateField(allow_null=True)
    waiting = WaitingLineOutput(many=True)


class SubjectAllocation(APIView):
    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.ALLOCATE

    @extend_schema(responses=AllocationOutput)
    def get(self, request: Request, code: str) -> Response:
        """Whether this subject can be allocated now, by this person, and every reason why not."""
        trial = trial_of(request)
        page = allocation_page(trial, subject_or_404(trial, code=code))
        return Response(AllocationOutput(_allocation(page)).data)

    @extend_schema(request=AllocationInput, responses={201: SubjectShape})
    def post(self, request: Request, code: str) -> Response:
        """Give this subject the next slot in order."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = AllocationInput(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["order_reason"]
        allocations.allocate(subject=subject, by=trial.user, at=trial.at, order_reason=reason)
        return Response(SubjectShape(subject_or_404(trial, code=code)).data, status=status.HTTP_201_CREATED)


class WaitingList(APIView):
    """Who waits for a slot, in order, with what they wait for and what expires meanwhile."""

    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=WaitingListOutput)
    def get(self, request: Request) -> Response:
        return Response(WaitingListOutput(_waiting(waiting_page(trial_of(request)))).data)


def _allocation(page: AllocationPage) -> dict[str, object]:
    facts = page.facts
    return {
        "allowed": page.decision.allowed,
        "reasons": page.decision.reasons,
        "next_slot": facts.next_slot,
        "next_subject_number": facts.next_number,
        "next_cohort": facts.next_cohort,
        "next_cohort_open": facts.next_cohort_open,
        "is_replacement": facts.is_replacement,
        "cohorts": [{"cohort": n, "filled": filled, "planned": planned} for n, filled, planned in facts.filled],
        "caps": facts,
        "waiting_place": page.place,
        "waiting": page.waiting,
        "intervals": page.intervals,
    }


def _waiting(page: WaitingPage) -> dict[str, object]:
    gate = page.gate
    return {
        "next_slot": page.slot.label if page.slot else None,
        "next_cohort_open": page.is_open,
        "gate": gate.rows.cohort.number if gate else None,
        "earliest_review_at": gate.result.earliest_review_at if gate else None,
        "earliest_on": page.earliest_on,
        "waiting": page.lines,
    }
