"""People and the delegation log, for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trial.api.signing import SignatureInput, proof_of
from trial.edge.api import Pagination
from trial.edge.api_parameters import PAGE_PARAMETERS
from trial.edge.context import TrialContext, trial_of
from trial.models import Delegation, Site
from trial.permissions import Permission
from trial.rules.roles import DelegatedTask
from trial.rules.states import Meaning
from trial.selectors.people import (
    active_people,
    delegation_line,
    delegation_log,
    people_query,
    person_line,
)
from trial.services import delegations
from trial.services.delegations import DelegationTerms


class RoleOutput(serializers.Serializer[Any]):
    role = serializers.CharField(source="membership.role")
    site = serializers.CharField(source="membership.site.code", default=None, allow_null=True)
    valid_from = serializers.DateField(source="membership.valid_from")
    valid_until = serializers.DateField(source="membership.valid_until", allow_null=True)
    in_force = serializers.BooleanField()


class PersonOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="user.pk")
    username = serializers.CharField(source="user.username")
    printed_name = serializers.CharField(source="user.printed_name")
    is_active = serializers.BooleanField(source="user.is_active")
    roles = RoleOutput(many=True)


class DelegationOutput(serializers.Serializer[Any]):
    """``why``: what takes it out of force today; empty while it is in force."""

    id = serializers.IntegerField(source="delegation.pk")
    username = serializers.CharField(source="delegation.user.username")
    tasks = serializers.ListField(source="delegation.tasks", child=serializers.CharField())
    site = serializers.CharField(source="delegation.site.code", default=None, allow_null=True)
    valid_from = serializers.DateField(source="delegation.valid_from")
    valid_until = serializers.DateField(source="delegation.valid_until", allow_null=True)
    training_valid_until = serializers.DateField(source="delegation.training_valid_until")
    revoked_on = serializers.DateField(source="delegation.revoked_on", allow_null=True)
    signed_by = serializers.CharField(source="delegation.signature.printed_name", default=None, allow_null=True)
    in_force = serializers.BooleanField()
    why = serializers.CharField()


class TermsInput(serializers.Serializer[Any]):
    """Days are site-local and inclusive; without ``site`` the tasks are delegated for every site."""

    username = serializers.CharField(max_length=150)
    tasks = serializers.ListField(
        child=serializers.ChoiceField(choices=[task.value for task in DelegatedTask]), allow_empty=False
    )
    site = serializers.CharField(max_length=12, required=False, allow_null=True, default=None)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)
    training_valid_until = serializers.DateField()

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["valid_until"] is not None and given["valid_until"] < given["valid_from"]:
            raise serializers.ValidationError({"valid_until": ["The last day cannot be before the first."]})
        return given


class DelegationInput(TermsInput):
    signature = SignatureInput()


class TermsHashOutput(serializers.Serializer[Any]):
    content_hash = serializers.CharField()


class RevocationInput(serializers.Serializer[Any]):
    revoked_on = serializers.DateField()
    reason = serializers.CharField(max_length=1000)


class PeopleList(APIView):
    """Whoever has, had or can get a role in the study."""

    permission = Permission.PEOPLE_VIEW
    query_parameters = PAGE_PARAMETERS

    @extend_schema(responses=PersonOutput(many=True))
    def get(self, request: Request) -> Response:
        trial = trial_of(request)
        today = trial.access.day(trial.at)
        pages = Pagination()
        users = pages.paginate_queryset(people_query(trial.study), request, view=self) or []
        return pages.get_paginated_response(PersonOutput([person_line(u, on=today) for u in users], many=True).data)


class DelegationList(APIView):
    """The delegation log; a POST signs a new line of it."""

    permission = Permission.PEOPLE_VIEW
    post_permission = Permission.DELEGATION_SIGN

    @extend_schema(responses=DelegationOutput(many=True))
    def get(self, request: Request) -> Response:
        trial = trial_of(request)
        return Response(DelegationOutput(delegation_log(trial.study, on=trial.access.day(trial.at)), many=True).data)

    @extend_schema(request=DelegationInput, responses={201: DelegationOutput})
    def post(self, request: Request) -> Response:
        trial = trial_of(request)
        shape = DelegationInput(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        signed = delegations.delegate(
            study=trial.study,
            terms=_terms(trial, given),
            proof=proof_of(request, given["signature"], meaning=Meaning.DELEGATION),
            at=trial.at,
        )
        line = delegation_line(signed, on=trial.access.day(trial.at))
        return Response(DelegationOutput(line).data, status=status.HTTP_201_CREATED)


class DelegationTermsHash(APIView):
    """The hash that a signature under these terms has to carry. Changes nothing."""

    permission = Permission.DELEGATION_SIGN

    @extend_schema(request=TermsInput, responses=TermsHashOutput)
    def post(self, request: Request) -> Response:
        shape = TermsInput(data=request.data)
        shape.is_valid(raise_exception=True)
        terms = _terms(trial_of(request), shape.validated_data)
        return Response(TermsHashOutput({"content_hash": terms.sha256()}).data)


class DelegationRevocation(APIView):
    """End a delegation from a day on. It stays in the log."""

    permission = Permission.DELEGATION_SIGN

    @extend_schema(request=RevocationInput, responses=DelegationOutput)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        shape = RevocationInput(data=request.data)
        shape.is_valid(raise_exception=True)
        rows = Delegation.objects.select_related("user", "site", "signature", "study")
        delegation = get_object_or_404(rows, pk=pk, study=trial.study)
        revoked = delegations.revoke(delegation=delegation, by=trial.user, at=trial.at, **shape.validated_data)
        return Response(DelegationOutput(delegation_line(revoked, on=trial.access.day(trial.at))).data)


def _terms(trial: TrialContext, given: dict[str, Any]) -> DelegationTerms:
    user = active_people(trial.study).filter(username=given["username"]).first()
    if user is None:
        raise serializers.ValidationError({"username": ["Nobody active in this study has this user name."]})
    site = None
    if given["site"]:
        site = Site.objects.filter(study=trial.study, code=given["site"]).first()
        if site is None:
            raise serializers.ValidationError({"site": ["This study has no such site."]})
    return DelegationTerms(
        user=user,
        tasks=tuple(DelegatedTask(task) for task in given["tasks"]),
        valid_from=given["valid_from"],
        valid_until=given["valid_until"],
        training_valid_until=given["training_valid_until"],
        site=site,
    )
