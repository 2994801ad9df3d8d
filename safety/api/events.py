"""Adverse events for programs, and the search of CTCAE terms."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.selectors.subjects import subject_or_404
from safety.api.event_shapes import (
    AmendInput,
    EventSerializer,
    RecordInput,
    RegradeInput,
    TermsAnswer,
    VoidInput,
)
from safety.filters import EventFilter
from safety.models import AdverseEvent
from safety.rules.event_entry import AdverseEventEntry
from safety.selectors.ctcae import VERSION, search
from safety.selectors.events import event_or_404, visible_events
from safety.services import adverse_events
from safety.services.adverse_events import AdverseEventChanges
from trial.edge.api import once
from trial.edge.context import trial_of
from trial.permissions import Permission


class EventList(ListAPIView[AdverseEvent]):
    """Adverse events of the subjects whom this person may see; a POST records one."""

    permission = Permission.EVENT_VIEW
    post_permission = Permission.EVENT_RECORD
    serializer_class = EventSerializer
    filterset_class = EventFilter
    queryset = AdverseEvent.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return AdverseEvent.objects.none()
        return visible_events(trial_of(self.request)).prefetch_related("grades__recorded_by")

    @extend_schema(
        request=RecordInput,
        responses={201: EventSerializer},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=False)],
    )
    def post(self, request: Request) -> Response:
        """Record an event. With an ``Idempotency-Key`` a request that is sent twice records once."""
        if request.headers.get("Idempotency-Key"):
            return once(request, lambda: self._record(request))
        return self._record(request)

    def _record(self, request: Request) -> Response:
        trial = trial_of(request)
        given = RecordInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        subject = subject_or_404(trial, code=values.pop("subject"))
        event = adverse_events.record(subject=subject, entry=AdverseEventEntry(**values), by=trial.user, at=trial.at)
        return _answer(request, event.pk, status.HTTP_201_CREATED)


class EventDetail(APIView):
    permission = Permission.EVENT_VIEW

    @extend_schema(responses=EventSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return _answer(request, pk)


class RegradeEvent(APIView):
    """Enter the grade that the event has from a day on; earlier grades stay."""

    permission = Permission.EVENT_ASSESS

    @extend_schema(request=RegradeInput, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = RegradeInput(data=request.data)
        given.is_valid(raise_exception=True)
        adverse_events.regrade(event=event_or_404(trial, pk=pk), **given.validated_data, by=trial.user, at=trial.at)
        return _answer(request, pk)


class AmendEvent(APIView):
    """Change fields of an event, with a reason; what weighs at a gate is changed by an investigator."""

    permission = Permission.EVENT_RECORD

    @extend_schema(request=AmendInput, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = AmendInput(data=request.data)
        given.is_valid(raise_exception=True)
        adverse_events.amend(
            event=event_or_404(trial, pk=pk),
            changes=cast("AdverseEventChanges", dict(given.validated_data["changes"])),
            reason=given.validated_data["reason"],
            by=trial.user,
            at=trial.at,
        )
        return _answer(request, pk)


class VoidEvent(APIView):
    """Void an event that was entered in error. It stays readable."""

    permission = Permission.EVENT_ASSESS

    @extend_schema(request=VoidInput, responses=EventSerializer)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        given = VoidInput(data=request.data)
        given.is_valid(raise_exception=True)
        adverse_events.void(
            event=event_or_404(trial, pk=pk), reason=given.validated_data["reason"], by=trial.user, at=trial.at
        )
        return _answer(request, pk)


class TermSearch(APIView):
    """CTCAE terms that resemble what was typed, the best match first, with the grades defined for each."""

    permission = Permission.EVENT_VIEW
    query_parameters = (OpenApiParameter("search", str),)

    @extend_schema(responses=TermsAnswer)
    def get(self, request: Request) -> Response:
        found = search(request.query_params.get("search", ""))
        results = [{"term": t.name, "soc": t.organ_class, "grades": sorted(t.grades)} for t in found]
        return Response({"version": VERSION, "count": len(results), "results": results})


def _answer(request: Request, pk: int, code: int = status.HTTP_200_OK) -> Response:
    """The event as it stands now, read again after the act."""
    return Response(EventSerializer(event_or_404(trial_of(request), pk=pk)).data, status=code)
