"""An infusion that was given in spite of the guard, for programs: what it would record, and the signed report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.bedside_requests import Values, answer, read_input
from dosing.api.infusion_shapes import InfusionShape
from dosing.api.product_shapes import ReasonShape
from dosing.forms.breach import LONGEST_REASON, LONGEST_REPORTER
from dosing.models import Infusion
from dosing.selectors.infusions import infusion_or_404
from dosing.selectors.lots import visible_units
from dosing.services import breaches
from dosing.services.breaches import Breach, BreachEntry
from enrollment.api.shapes import SiteTimeField
from trial.api.signing import SignatureInput, proof_of
from trial.edge.context import TrialContext, trial_of
from trial.models import User
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock
from trial.rules.states import Meaning
from trial.services.signatures import content_hash


class BreachInput(serializers.Serializer[Any]):
    """``unit``: the id of the unit that was given. ``performed_by``: a user name; without it nobody knows.

    ``weight_kg`` and ``viability`` (a fraction) are used where nothing is on file.
    """

    started_at = SiteTimeField()
    unit = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    performed_by = serializers.CharField(required=False, allow_null=True, max_length=150)
    reported_by = serializers.CharField(max_length=LONGEST_REPORTER)
    reason = serializers.CharField(max_length=LONGEST_REASON)
    weight_kg = serializers.DecimalField(
        max_digits=5, decimal_places=1, min_value=Decimal(1), required=False, allow_null=True
    )
    viability = serializers.DecimalField(
        max_digits=5,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        max_value=Decimal(1),
        required=False,
        allow_null=True,
    )


class SignedBreachInput(BreachInput):
    signature = SignatureInput()


class BreachPreviewShape(serializers.Serializer[Any]):
    """``violated``: what stood against the start. ``refused``: what stands against recording it.

    ``holds``: the cohort whose dosing will be held; null: the whole study's.
    """

    violated = ReasonShape(many=True)
    refused = ReasonShape(many=True, source="decision.reasons")
    holds = serializers.IntegerField(source="cohort.number", default=None, allow_null=True)
    content = serializers.DictField()
    content_hash = serializers.SerializerMethodField()

    def get_content_hash(self, breach: Breach) -> str:
        return content_hash(breach.content)


class BreachPreview(APIView):
    """What the report would record, and the hash that its signature has to carry. Changes nothing."""

    permission = Permission.BREACH_RECORD

    @extend_schema(request=BreachInput, responses=BreachPreviewShape)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        infusion = infusion_or_404(trial, pk)
        entry = _entry(trial, infusion, read_input(BreachInput, request))
        return Response(BreachPreviewShape(breaches.breach_of(infusion, entry, at=trial.at)).data)


class InfusionBreach(APIView):
    """An infusion that was given in spite of the guard, signed by who reports it here."""

    permission = Permission.BREACH_RECORD

    @extend_schema(request=SignedBreachInput, responses={201: InfusionShape})
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        infusion = infusion_or_404(trial, pk)
        values = read_input(SignedBreachInput, request)
        entry = _entry(trial, infusion, values)
        proof = proof_of(request, values["signature"], meaning=Meaning.GUARD_BREACH)
        breaches.record(infusion=infusion, entry=entry, proof=proof, at=trial.at)
        return answer(trial, pk, code=status.HTTP_201_CREATED)


def _entry(trial: TrialContext, infusion: Infusion, values: Values) -> BreachEntry:
    unit = visible_units(trial).filter(pk=values["unit"]).first()
    if unit is None:
        raise serializers.ValidationError({"unit": ["There is no unit with this id."]})
    return BreachEntry(
        started_at=from_wall_clock(values["started_at"], timezone=infusion.subject.site.timezone),
        unit=unit,
        performed_by=_person(infusion, values.get("performed_by")),
        reported_by=values["reported_by"],
        reason=values["reason"],
        weight_kg=values.get("weight_kg"),
        viability=values.get("viability"),
    )


def _person(infusion: Infusion, username: str | None) -> User | None:
    if not username:
        return None
    found = User.objects.filter(username=username, memberships__study=infusion.subject.study_id).first()
    if found is None:
        raise serializers.ValidationError({"performed_by": ["Nobody of this study has this user name."]})
    return found
