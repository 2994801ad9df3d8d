"""The study and its protocol, for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.protocol.loading import plain


class SiteOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()


class StudyOutput(serializers.Serializer[Any]):
    """``roles``: those that whoever asks holds today."""

    registry_id = serializers.CharField()
    short_name = serializers.CharField()
    title = serializers.CharField()
    is_demonstration = serializers.BooleanField()
    trial_now = serializers.DateTimeField()
    protocol_version = serializers.CharField()
    protocol_sha256 = serializers.CharField()
    sites = SiteOutput(many=True)
    roles = serializers.ListField(child=serializers.CharField())


class StudyDetail(APIView):
    """The study of whoever asks, and the time in it."""

    permission = Permission.STUDY_VIEW

    @extend_schema(responses=StudyOutput)
    def get(self, request: Request) -> Response:
        trial = trial_of(request)
        shown = {
            "registry_id": trial.study.registry_id,
            "short_name": trial.study.short_name,
            "title": trial.study.title,
            "is_demonstration": trial.surroundings.is_demonstration,
            "trial_now": trial.at,
            "protocol_version": trial.protocol_version.version,
            "protocol_sha256": trial.protocol_version.sha256,
            "sites": list(trial.study.sites.order_by("code")),
            "roles": sorted(role.value for role in trial.access.roles(at=trial.at)),
        }
        return Response(StudyOutput(shown).data)


class ProtocolDetail(APIView):
    """The definition in force as it was hashed: decimals and dates are text."""

    permission = Permission.STUDY_VIEW

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        version = trial_of(request).protocol_version
        return Response({"version": version.version, "sha256": version.sha256, "definition": plain(version.definition)})
