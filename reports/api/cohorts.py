"""The cohorts for programs: slots, exposure, intervals, gate, holds, and what may happen next, as on the page."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.course_shapes import ExposureShape
from reports.api.allocation import IntervalsOutput
from reports.api.overview import BoardHoldOutput, ReasonOutput
from reports.selectors.cohort import CohortPage, GivenInfusion, Member, SlotLine, cohort_page
from reports.selectors.cohort_next import StepKind
from reports.selectors.cohorts import CohortLine, cohort_lines
from safety.selectors.gate import Assessment
from trial.edge.context import trial_of
from trial.models import Cohort, CohortClearance
from trial.permissions import Permission
from trial.rules.decision import Reason


class CohortLineOutput(serializers.Serializer[Any]):
    """``subjects``: everybody who ever had a slot. ``gate_state``: of the gate behind the cohort."""

    number = serializers.IntegerField()
    is_open = serializers.BooleanField()
    slots = serializers.IntegerField()
    filled = serializers.IntegerField()
    subjects = serializers.IntegerField()
    replaced = serializers.IntegerField()
    dosed = serializers.IntegerField()
    infusions_begun = serializers.IntegerField()
    infusions_planned = serializers.IntegerField()
    given_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    planned_per_subject_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    gate_state = serializers.CharField()


class DosingOutput(serializers.Serializer[Any]):
    """One infusion. ``due_from``, ``due_until``: site days, null for a first one; ``days_outside``: negative before
    them, positive after them."""

    number = serializers.IntegerField()
    id = serializers.IntegerField()
    state = serializers.CharField()
    given_on = serializers.DateField(allow_null=True)
    days_since_previous = serializers.IntegerField(allow_null=True)
    due_from = serializers.DateField(allow_null=True)
    due_until = serializers.DateField(allow_null=True)
    days_outside = serializers.IntegerField()
    given_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    relative_dose_intensity = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)


class MemberOutput(serializers.Serializer[Any]):
    """Somebody who has or had a slot. ``subject`` empty: of another site, of whom nothing more is told."""

    subject = serializers.CharField(allow_blank=True)
    number = serializers.IntegerField()
    state = serializers.CharField(allow_blank=True)
    vacated_at = serializers.DateTimeField(allow_null=True)
    vacated_reason = serializers.CharField(allow_blank=True)
    planned_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    exposure = ExposureShape(allow_null=True)
    infusions = DosingOutput(many=True)


class CohortSlotOutput(serializers.Serializer[Any]):
    """``holder`` null: vacant. ``earlier``: those who gave the slot back, in order."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the argument
    holder = MemberOutput(allow_null=True)
    earlier = MemberOutput(many=True)


class CohortStepOutput(serializers.Serializer[Any]):
    """What may come next. ``allowed`` null: of another site, judged there; of an infusion: as far as it is known before
    the bedside judges product, people and measurements of the day. ``infusion_id`` null: not planned yet.

    ``from_on``, ``until_on``: site days, both included, as the intervals have them; null: not known or without a limit.
    """

    kind = serializers.ChoiceField(choices=[kind.value for kind in StepKind])
    slot = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(allow_blank=True)
    infusion = serializers.IntegerField(allow_null=True)
    infusion_id = serializers.IntegerField(source="pk", allow_null=True)
    state = serializers.CharField(allow_blank=True)
    planned_on = serializers.DateField(allow_null=True)
    from_on = serializers.DateField(allow_null=True)
    until_on = serializers.DateField(allow_null=True)
    allowed = serializers.BooleanField(allow_null=True)
    reasons = ReasonOutput(many=True)


class CohortGateOutput(serializers.Serializer[Any]):
    cohort = serializers.IntegerField()
    state = serializers.CharField()
    result = serializers.CharField()
    earliest_review_at = serializers.DateTimeField(allow_null=True)
    next_cohort_open = serializers.BooleanField()
    reasons = ReasonOutput(many=True)


class ClearanceOutput(serializers.Serializer[CohortClearance]):
    basis = serializers.CharField()
    opened_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_reason = serializers.CharField(allow_blank=True)


class CohortOutput(serializers.Serializer[Any]):
    """``gate``: the one behind the cohort; ``gate_before``: the one that opens it, null for the first.

    ``next_slot``: the next one in order, null where it is not of this cohort; ``waiting``: how many wait for it.
    """

    number = serializers.IntegerField()
    infusions = serializers.IntegerField()
    is_open = serializers.BooleanField()
    clearance = ClearanceOutput(allow_null=True)
    gate = CohortGateOutput()
    gate_before = CohortGateOutput(allow_null=True)
    holds = BoardHoldOutput(many=True)
    intervals = IntervalsOutput()
    slots = CohortSlotOutput(many=True)
    next_slot = serializers.CharField(allow_null=True)
    waiting = serializers.IntegerField()
    next = CohortStepOutput(many=True)


class CohortList(APIView):
    """The dose levels side by side: the protocol has a fixed number of them."""

    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=CohortLineOutput(many=True))
    def get(self, request: Request) -> Response:
        lines = [_line(line) for line in cohort_lines(trial_of(request))]
        return Response(CohortLineOutput(lines, many=True).data)


class CohortDetail(APIView):
    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=CohortOutput)
    def get(self, request: Request, number: int) -> Response:
        """One cohort, with what may happen next and every reason why not yet."""
        trial = trial_of(request)
        cohorts = Cohort.objects.select_related("study").filter(study=trial.study)
        return Response(CohortOutput(_cohort(cohort_page(trial, get_object_or_404(cohorts, number=number)))).data)


def _line(line: CohortLine) -> dict[str, object]:
    return {
        "number": line.number,
        "is_open": line.is_open,
        "slots": line.slots,
        "filled": line.filled,
        "subjects": line.subjects,
        "replaced": line.replaced,
        "dosed": line.dosed,
        "infusions_begun": line.given,
        "infusions_planned": line.planned,
        "given_million_per_kg": line.given_million_per_kg,
        "planned_per_subject_million_per_kg": line.per_subject_million_per_kg,
        "gate_state": line.gate.result.state.value,
    }


def _cohort(page: CohortPage) -> dict[str, object]:
    return {
        "number": page.cohort.number,
        "infusions": page.cohort.infusions,
        "is_open": page.is_open,
        "clearance": page.clearance,
        "gate": _gate(page.gate, page.gate_reasons),
        "gate_before": _gate(page.gate_before, page.gate_before_reasons) if page.gate_before else None,
        "holds": page.holds,
        "intervals": page.intervals,
        "slots": [_slot(line) for line in page.slots],
        "next_slot": page.next_slot.label if page.next_slot else None,
        "waiting": len(page.waiting),
        "next": page.steps,
    }


def _gate(gate: Assessment, reasons: tuple[Reason, ...]) -> dict[str, object]:
    return {
        "cohort": gate.rows.cohort.number,
        "state": gate.result.state.value,
        "result": gate.result.result.value,
        "earliest_review_at": gate.result.earliest_review_at,
        "next_cohort_open": gate.result.next_cohort_open,
        "reasons": reasons,
    }


def _slot(line: SlotLine) -> dict[str, object]:
    return {
        "label": line.slot.label,
        "holder": _member(line.holder) if line.holder else None,
        "earlier": [_member(member) for member in line.earlier],
    }


def _member(member: Member) -> dict[str, object]:
    seen, allocation = member.is_visible, member.rows.allocation
    return {
        "subject": member.code,
        "number": member.rows.number,
        "state": member.rows.subject.state if seen else "",
        "vacated_at": allocation.vacated_at,
        "vacated_reason": allocation.vacated_reason if seen else "",
        "planned_million_per_kg": member.planned_million_per_kg if seen else None,
        "exposure": member.exposure if seen else None,
        "infusions": [_infusion(given) for given in member.infusions] if seen else [],
    }


def _infusion(given: GivenInfusion) -> dict[str, object]:
    infusion, window = given.infusion, given.window
    return {
        "number": infusion.number,
        "id": infusion.pk,
        "state": infusion.state,
        "given_on": given.given_on,
        "days_since_previous": given.days_since_previous,
        "due_from": window.opens_on if window else None,
        "due_until": window.closes_on if window else None,
        "days_outside": given.days_outside,
        "given_million_per_kg": infusion.given_million_per_kg,
        "relative_dose_intensity": given.exposure.relative_dose_intensity,
    }
