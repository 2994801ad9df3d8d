"""Telephone contacts for programs: the same rules, reasons and permissions as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.shapes import SiteTimeField
from enrollment.selectors.subjects import subject_or_404
from followup.models import TelephoneContact
from followup.rules.states import AdverseEventAnswer
from followup.selectors.contacts import visible_contacts
from followup.services import contacts
from trial.edge.context import trial_of
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock

_LONGEST = 4000


class ContactShape(serializers.ModelSerializer[TelephoneContact]):
    """``voided_at`` null: the contact stands."""

    subject = serializers.CharField(source="subject.code")
    recorded_by = serializers.CharField(source="recorded_by.printed_name")
    voided_by = serializers.CharField(source="voided_by.printed_name", default=None, allow_null=True)

    class Meta:
        model = TelephoneContact
        fields = [
            "id",
            "subject",
            "contacted_at",
            "adverse_events_asked",
            "note",
            "recorded_at",
            "recorded_by",
            "voided_at",
            "voided_by",
            "voided_reason",
        ]


class ContactInput(serializers.Serializer[Any]):
    contacted_at = SiteTimeField()
    adverse_events_asked = serializers.ChoiceField(
        choices=[AdverseEventAnswer.NONE.value, AdverseEventAnswer.YES.value]
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST)


class ContactVoidInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=_LONGEST)


class TelephoneContacts(ListAPIView[TelephoneContact]):
    """Calls to one participant, the latest first, void ones included."""

    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.CONTACT_RECORD
    serializer_class = ContactShape
    queryset = TelephoneContact.objects.none()

    def get_queryset(self) -> QuerySet[TelephoneContact]:
        if getattr(self, "swagger_fake_view", False):
            return TelephoneContact.objects.none()
        trial = trial_of(self.request)
        return visible_contacts(trial).filter(subject=subject_or_404(trial, code=self.kwargs["code"]))

    @extend_schema(request=ContactInput, responses={201: ContactShape})
    def post(self, request: Request, code: str) -> Response:
        """Enter a call in which an investigator asked about adverse events."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = ContactInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        contact = contacts.record(
            subject=subject,
            contacted_at=from_wall_clock(values["contacted_at"], timezone=subject.site.timezone),
            asked=AdverseEventAnswer(values["adverse_events_asked"]),
            note=values["note"],
            by=trial.user,
            at=trial.at,
        )
        return Response(ContactShape(contact).data, status=status.HTTP_201_CREATED)


class VoidContact(APIView):
    """Say that a contact was entered by mistake: it counts for nothing."""

    permission = Permission.CONTACT_RECORD

    @extend_schema(request=ContactVoidInput, responses=ContactShape)
    def post(self, request: Request, pk: int) -> Response:
        trial = trial_of(request)
        contact = get_object_or_404(visible_contacts(trial), pk=pk)
        given = ContactVoidInput(data=request.data)
        given.is_valid(raise_exception=True)
        void = contacts.void(contact=contact, reason=given.validated_data["reason"], by=trial.user, at=trial.at)
        return Response(ContactShape(void).data)
