"""What comes before the start, for programs: facts of the day, preparation, premedication, and the three signatures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dosing.api.bedside_requests import Values, act_once, answer, bedside, read_input
from dosing.api.infusion_inputs import (
    DayInput,
    PremedicationInput,
    PrepareInput,
    ReasonInput,
    SignInput,
    VerifyInput,
)
from dosing.api.infusion_shapes import InfusionShape
from dosing.models import Infusion, Premedication, ProductUnit
from dosing.selectors.bedside import unit_meant, unit_of_code
from dosing.selectors.infusions import infusion_or_404
from dosing.selectors.lots import visible_units
from dosing.services import identity_checks, pre_dose, premedication, preparation
from trial.api.signing import proof_of
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import Proof, reauthenticate


class PreDose(APIView):
    permission = Permission.INFUSION_PREPARE

    @extend_schema(request=DayInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Record facts of the day."""
        return act_once(request, pk, shape=DayInput, act=_record_day)


class Prepare(APIView):
    permission = Permission.INFUSION_PREPARE

    @extend_schema(request=PrepareInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Record access, line, rate, equipment, and how the dose is given."""
        return act_once(request, pk, shape=PrepareInput, act=_prepare)


class GivePremedication(APIView):
    permission = Permission.INFUSION_PREPARE

    @extend_schema(request=PremedicationInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int) -> Response:
        """Record a drug that was given before the infusion."""
        return act_once(request, pk, shape=PremedicationInput, act=_give)


class VoidPremedication(APIView):
    permission = Permission.INFUSION_PREPARE

    @extend_schema(request=ReasonInput, responses=InfusionShape)
    @bedside
    def post(self, request: Request, pk: int, row: int) -> Response:
        """Take an entry back that was wrong."""

        def void(trial: TrialContext, infusion: Infusion, values: Values) -> object:
            rows = Premedication.objects.select_related("infusion__subject__study", "infusion__subject__site")
            given = get_object_or_404(rows, pk=row, infusion=infusion)
            return premedication.void(premedication=given, reason=values["reason"], by=trial.user, at=trial.at)

        return act_once(request, pk, shape=ReasonInput, act=void)


class Identify(APIView):
    """The person who infuses signs first, whoever is signed in: it is the signer's permission that counts."""

    permission = Permission.INFUSION_VIEW

    @extend_schema(request=VerifyInput, responses=InfusionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Sign as the first person that subject and unit were checked."""
        return _check_identity(request, pk, first=True)


class Verify(APIView):
    """Another person signs the same, whoever is signed in."""

    permission = Permission.INFUSION_VIEW

    @extend_schema(request=VerifyInput, responses=InfusionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Sign as the second person that subject and unit were checked."""
        return _check_identity(request, pk, first=False)


class SignOff(APIView):
    permission = Permission.INTER_INFUSION_SIGN

    @extend_schema(request=SignInput, responses=InfusionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Sign that nothing since the previous infusion stands against this one."""
        trial = trial_of(request)
        infusion = infusion_or_404(trial, pk)
        values = read_input(SignInput, request)
        proof = proof_of(request, values["signature"], meaning=Meaning.INTER_INFUSION)
        pre_dose.sign_off(infusion=infusion, proof=proof, at=trial.at)
        return answer(trial, pk)


def _record_day(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    entry = DayInput.entry(values, timezone=infusion.subject.site.timezone)
    return pre_dose.record(infusion=infusion, entry=entry, reason=values["reason"], by=trial.user, at=trial.at)


def _prepare(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    entry = PrepareInput.entry(values)
    return preparation.prepare(infusion=infusion, entry=entry, reason=values["reason"], by=trial.user, at=trial.at)


def _give(trial: TrialContext, infusion: Infusion, values: Values) -> object:
    drug = PremedicationInput.given(values, timezone=infusion.subject.site.timezone)
    return premedication.give(infusion=infusion, drug=drug, by=trial.user, at=trial.at)


def _check_identity(request: Request, pk: int, *, first: bool) -> Response:
    trial = trial_of(request)
    infusion = infusion_or_404(trial, pk)
    values = read_input(VerifyInput, request)
    unit = _unit(trial, infusion, values)
    proof = _person_at_the_bedside(request, values["signature"])
    act = identity_checks.identify if first else identity_checks.verify_identity
    act(infusion=infusion, unit=unit, proof=proof, at=trial.at)
    return answer(trial, pk)


def _unit(trial: TrialContext, infusion: Infusion, values: Values) -> ProductUnit:
    """The unit named in the request, else the one meant for the infusion; 400 without either."""
    name, missing = "unit", "The pharmacy has not assigned a unit to this infusion yet."
    if "unit" in values:
        unit = visible_units(trial).filter(pk=values["unit"]).first()
        missing = "There is no unit with this id."
    elif "unit_code" in values:
        unit = unit_of_code(infusion, values["unit_code"])
        name, missing = "unit_code", "No unit of this study has this code."
    else:
        unit = unit_meant(infusion)
    if unit is None:
        raise serializers.ValidationError({name: [missing]})
    return unit


def _person_at_the_bedside(request: Request, given: dict[str, Any]) -> Proof:
    """As ``proof_of``, for somebody who need not be the one signed in."""
    if given["meaning"] != Meaning.IDENTITY_CHECK.value:
        raise serializers.ValidationError(
            {"signature": {"meaning": [f"This is signed as {Meaning.IDENTITY_CHECK.value}."]}}
        )
    inner: HttpRequest = request._request
    return reauthenticate(
        request=inner,
        username=given["username"],
        password=given["password"],
        content_sha256=given["content_hash"],
    )
