"""The participant flow for programs: the numbers of the figure."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports.rules.participant_flow import CohortFlow, Ending, Standing
from reports.selectors.participant_flow import ParticipantFlow, participant_flow
from trial.edge.context import trial_of
from trial.permissions import Permission


class FailedForOutput(serializers.Serializer[Any]):
    """``first_code``: the first failing criterion; empty: none failed, and screening was not continued."""

    first_code = serializers.CharField(allow_blank=True)
    participants = serializers.IntegerField()


class ScreeningFlowOutput(serializers.Serializer[Any]):
    participants = serializers.IntegerField()
    attempts = serializers.IntegerField()
    failed = serializers.IntegerField()
    failed_for = FailedForOutput(many=True)
    left = serializers.IntegerField()
    in_screening = serializers.IntegerField()
    waiting = serializers.IntegerField()
    allocated = serializers.IntegerField()


class CohortFlowOutput(serializers.Serializer[Any]):
    """``infusions``: planned for each subject. ``evaluable``, ``pending``, ``not_evaluable``, ``replaced`` add up to
    ``allocated``."""

    number = serializers.IntegerField()
    infusions = serializers.IntegerField()
    slots = serializers.IntegerField()
    allocated = serializers.IntegerField()
    dosed = serializers.IntegerField()
    infusions_given = serializers.IntegerField()
    infusions_planned = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    lost = serializers.IntegerField()
    died = serializers.IntegerField()
    evaluable = serializers.IntegerField()
    required = serializers.IntegerField()  # type: ignore[assignment]  # a field of this name, not the argument
    pending = serializers.IntegerField()
    not_evaluable = serializers.IntegerField()
    replaced = serializers.IntegerField()
    events = serializers.IntegerField()


class ParticipantFlowOutput(serializers.Serializer[Any]):
    """``sites``: those whose participants are counted, which are those that the reader may see; empty: all."""

    at = serializers.DateTimeField()
    sites = serializers.ListField(child=serializers.CharField())
    target_enrolment = serializers.IntegerField()
    screening = ScreeningFlowOutput()
    cohorts = CohortFlowOutput(many=True)


class ParticipantFlowDetail(APIView):
    """From screening to evidence, by dose level, as of now."""

    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=ParticipantFlowOutput)
    def get(self, request: Request) -> Response:
        return Response(ParticipantFlowOutput(_shown(participant_flow(trial_of(request)))).data)


def _shown(flow: ParticipantFlow) -> dict[str, object]:
    screening = flow.screening
    return {
        "at": flow.at,
        "sites": flow.sites,
        "target_enrolment": flow.target,
        "screening": {
            "participants": screening.participants,
            "attempts": screening.attempts,
            "failed": screening.failed,
            "failed_for": [
                {"first_code": each.code, "participants": each.participants} for each in screening.failed_for
            ],
            "left": screening.left,
            "in_screening": screening.in_screening,
            "waiting": screening.waiting,
            "allocated": screening.allocated,
        },
        "cohorts": [_cohort(cohort) for cohort in flow.cohorts],
    }


def _cohort(cohort: CohortFlow) -> dict[str, int]:
    return {
        "number": cohort.number,
        "infusions": cohort.infusions,
        "slots": cohort.slots,
        "allocated": cohort.allocated,
        "dosed": cohort.dosed,
        "infusions_given": cohort.infusions_given,
        "infusions_planned": cohort.infusions_planned,
        "required": cohort.required,
        "events": cohort.events,
        **{standing.value: cohort.standing(standing) for standing in Standing},
        **{ending.value: cohort.ended(ending) for ending in Ending},
    }
