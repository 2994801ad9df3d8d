"""Vital signs for programs: the series, an entry, its correction, the answer to its alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.bedside_requests import bedside, read_input
from dosing.api.course_shapes import SeriesShape, VitalSignsShape
from dosing.api.infusion_inputs import instant
from dosing.models import Infusion, VitalSigns
from dosing.rules.states import AlertAction
from dosing.selectors.infusions import infusion_or_404
from dosing.selectors.series import FIELDS, plan_of, series_of
from dosing.services import vital_signs
from dosing.services.vital_signs import VitalEntry
from enrollment.api.shapes import SiteTimeField
from trial.edge.api import once
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission

_TEXT = 1000
_PERCENT = frozenset({"oxygen_saturation", "inspired_oxygen"})
_SHORT = _PERCENT | {"temperature", "oxygen_flow"}


class _Reading(serializers.DecimalField):
    def __init__(self, code: str) -> None:
        super().__init__(
            max_digits=4 if code in _SHORT else 5,
            decimal_places=1,
            min_value=Decimal(0),
            max_value=Decimal(100) if code in _PERCENT else None,
            required=False,
            allow_null=True,
        )


class VitalSignsInput(serializers.Serializer[Any]):
    """``point`` as in the series, or ``X``. ``taken_at``: without it now. ``not_done_reason``: nothing was measured."""

    point = serializers.CharField(max_length=8)
    taken_at = SiteTimeField(required=False, allow_null=True)
    not_done_reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_TEXT)
    heart_rate = _Reading("heart_rate")
    respiratory_rate = _Reading("respiratory_rate")
    systolic_pressure = _Reading("systolic_pressure")
    diastolic_pressure = _Reading("diastolic_pressure")
    temperature = _Reading("temperature")
    oxygen_saturation = _Reading("oxygen_saturation")
    oxygen_flow = _Reading("oxygen_flow")
    inspired_oxygen = _Reading("inspired_oxygen")
    symptoms = serializers.ListField(child=serializers.CharField(max_length=24), required=False, default=list)
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=_TEXT)


class CorrectionInput(VitalSignsInput):
    """The entry as it should have been; ``point`` stays."""

    point = None  # type: ignore[assignment]  # a correction is of the same point
    reason = serializers.CharField(max_length=_TEXT)


class AnswerInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=[action.value for action in AlertAction])
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=_TEXT)


class VitalSignsSeries(APIView):
    permission = Permission.INFUSION_VIEW
    post_permission = Permission.INFUSION_ADMINISTER

    @extend_schema(responses=SeriesShape)
    def get(self, request: Request, pk: int) -> Response:
        """The series as it is due, with what was entered."""
        trial = trial_of(request)
        return Response(SeriesShape(series_of(infusion_or_404(trial, pk), at=trial.at)).data)

    @extend_schema(request=VitalSignsInput, responses={201: VitalSignsShape})
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Enter a time point, or why it was not done."""

        def carry_out() -> Response:
            trial = trial_of(request)
            infusion = infusion_or_404(trial, pk)
            values = read_input(VitalSignsInput, request)
            entry = _entry(trial, infusion, values, point=values["point"])
            made = vital_signs.record(infusion=infusion, entry=entry, by=trial.user, at=trial.at)
            return _answer(made)

        return once(request, carry_out)


class VitalSignsCorrection(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=CorrectionInput, responses={201: VitalSignsShape})
    @bedside
    def post(self, request: Request, pk: int, row: int) -> Response:
        """Replace an entry by a later one, with the reason."""

        def act(trial: TrialContext, entry: VitalSigns, values: Mapping[str, Any]) -> VitalSigns:
            corrected = _entry(trial, entry.infusion, values, point=entry.point)
            return vital_signs.correct(
                entry=entry, corrected=corrected, reason=values["reason"], by=trial.user, at=trial.at
            )

        return _on_entry(request, pk, row, CorrectionInput, act)


class AlertAnswers(APIView):
    permission = Permission.INFUSION_ADMINISTER

    @extend_schema(request=AnswerInput, responses={201: VitalSignsShape})
    @bedside
    def post(self, request: Request, pk: int, row: int) -> Response:
        """Say what was done about the alerts of an entry."""

        def act(trial: TrialContext, entry: VitalSigns, values: Mapping[str, Any]) -> VitalSigns:
            action = AlertAction(values["action"])
            vital_signs.answer(entry=entry, action=action, note=values["note"], by=trial.user, at=trial.at)
            return entry

        return _on_entry(request, pk, row, AnswerInput, act)


def _on_entry(
    request: Request,
    pk: int,
    row: int,
    shape: type[serializers.Serializer[Any]],
    act: Callable[[TrialContext, VitalSigns, Mapping[str, Any]], VitalSigns],
) -> Response:
    def carry_out() -> Response:
        trial = trial_of(request)
        infusion = infusion_or_404(trial, pk)
        related = ("infusion__subject__study", "infusion__subject__site", "infusion__subject__protocol_version")
        entry = get_object_or_404(VitalSigns.objects.select_related(*related), pk=row, infusion=infusion)
        return _answer(act(trial, entry, read_input(shape, request)))

    return once(request, carry_out)


def _entry(trial: TrialContext, infusion: Infusion, values: Mapping[str, Any], *, point: str) -> VitalEntry:
    known = {symptom.code for symptom in plan_of(infusion).symptoms}
    unknown = [code for code in values["symptoms"] if code not in known]
    if unknown:
        raise serializers.ValidationError({"symptoms": [f"The protocol knows: {', '.join(sorted(known))}."]})
    taken_at = instant(values.get("taken_at"), timezone=infusion.subject.site.timezone)
    not_done = bool(values["not_done_reason"].strip())
    return VitalEntry(
        point=point,
        taken_at=None if not_done else taken_at or trial.at,
        readings={code: values.get(code) for code in FIELDS},
        symptoms=tuple(dict.fromkeys(values["symptoms"])),
        comment=values["comment"],
        not_done_reason=values["not_done_reason"],
    )


def _answer(entry: VitalSigns) -> Response:
    shown = VitalSigns.objects.select_related("observer", "answer__answered_by").get(pk=entry.pk)
    return Response(VitalSignsShape(shown).data, status=status.HTTP_201_CREATED)
