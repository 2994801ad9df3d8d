"""A pregnancy reported by a program: the same service, the same refusals as on the page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.bedside_requests import read_input
from dosing.forms.pregnancy import LONGEST_NOTE
from dosing.rules.pregnancy_report import Whose
from dosing.services import pregnancies
from dosing.services.pregnancies import PregnancyReport
from enrollment.selectors.subjects import subject_or_404
from trial.edge.context import trial_of
from trial.models import DosingHold
from trial.permissions import Permission


class PregnancyInput(serializers.Serializer[Any]):
    """``known_on``: the site-local day on which the site learnt of it."""

    whose = serializers.ChoiceField(choices=[whose.value for whose in Whose])
    known_on = serializers.DateField()
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class PregnancyHoldShape(serializers.ModelSerializer[DosingHold]):
    """The hold that the report has placed, or the one that stands for it already."""

    subject = serializers.CharField(source="subject_code")

    class Meta:
        model = DosingHold
        fields = ["id", "subject", "reason", "placed_at"]


class Pregnancies(APIView):
    """A pregnancy of a participant or of a partner. Reported again, it is the same one."""

    permission = Permission.HOLD_PLACE

    @extend_schema(request=PregnancyInput, responses={201: PregnancyHoldShape})
    def post(self, request: Request, code: str) -> Response:
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        values = read_input(PregnancyInput, request)
        report = PregnancyReport(whose=Whose(values["whose"]), known_on=values["known_on"], note=values["note"])
        hold = pregnancies.report(subject=subject, report=report, by=trial.user, at=trial.at)
        return Response(PregnancyHoldShape(hold).data, status=status.HTTP_201_CREATED)
