"""Messages to the person who asks, for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trial.edge.api import Pagination
from trial.edge.api_parameters import PAGE_PARAMETERS
from trial.edge.context import trial_of
from trial.models import Notification
from trial.permissions import Permission
from trial.selectors.account import notifications_of
from trial.services import notifications


class NotificationOutput(serializers.ModelSerializer[Notification]):
    class Meta:
        model = Notification
        fields = ["id", "title", "body", "path", "created_at", "read_at"]


class NotificationList(APIView):
    """The latest first."""

    permission = Permission.SIGNED_IN
    query_parameters = (*PAGE_PARAMETERS, OpenApiParameter("unread", bool, description="Only what was not read yet."))

    @extend_schema(responses=NotificationOutput(many=True))
    def get(self, request: Request) -> Response:
        trial = trial_of(request)
        unread = request.query_params.get("unread", "").lower() in ("1", "true")
        rows = notifications_of(trial.user, study=trial.study, unread_only=unread)
        pages = Pagination()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(NotificationOutput(page, many=True).data)


class NotificationRead(APIView):
    """Mark one message as read; twice does nothing twice."""

    permission = Permission.SIGNED_IN

    @extend_schema(request=None, responses=NotificationOutput)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        own: Any = notifications_of(trial.user, study=trial.study)
        get_object_or_404(own, pk=pk)
        notifications.mark_read(user=trial.user, at=trial.at, pk=pk)
        return Response(NotificationOutput(own.get(pk=pk)).data)
