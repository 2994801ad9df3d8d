"""The identity vault for programs: opened for a purpose, answered once, never stored on the way."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.forms.identity import LONGEST, LONGEST_NOTE, LONGEST_REASON
from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from enrollment.rules.identity import purposes_for
from enrollment.rules.identity_document import Identity, entered
from enrollment.rules.states import NumberKind, OpeningPurpose
from enrollment.selectors.identities import identity_of, opening_roles, openings_of, vault_facts, version_of
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import identities
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission

_PURPOSES = [purpose.value for purpose in OpeningPurpose]


def _text(name: str) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST[name], required=False, allow_blank=True, default="")


class IdentityFields(serializers.Serializer[Any]):
    """``number`` of a Taiwan card or certificate is checked by its check digit. Empty text: not known."""

    full_name = serializers.CharField(max_length=LONGEST["full_name"])
    latin_name = _text("latin_name")
    number_kind = serializers.ChoiceField(choices=[kind.value for kind in NumberKind])
    number = serializers.CharField(max_length=LONGEST["number"])
    born_on = serializers.DateField()
    phone = _text("phone")
    email = serializers.EmailField(max_length=LONGEST["email"], required=False, allow_blank=True, default="")
    address = _text("address")
    contact_name = _text("contact_name")
    contact_phone = _text("contact_phone")
    record_number = _text("record_number")


class IdentityInput(serializers.Serializer[Any]):
    """Without ``seen_version`` it is the first entry; with it, as an opening gave it, a correction with a reason."""

    identity = IdentityFields()
    seen_version = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")


class OpeningInput(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=_PURPOSES)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class VaultShape(serializers.Serializer[Any]):
    """What is told without an opening. ``purposes``: those that this person may state now."""

    subject = serializers.CharField()
    recorded_at = serializers.DateTimeField(allow_null=True)
    recorded_by = serializers.CharField(allow_null=True)
    version = serializers.CharField(allow_null=True)
    purposes = serializers.ListField(child=serializers.ChoiceField(choices=_PURPOSES))


class OpeningShape(serializers.ModelSerializer[IdentityOpening]):
    opened_by = serializers.CharField(source="opened_by.username")

    class Meta:
        model = IdentityOpening
        fields = ["id", "opened_at", "opened_by", "role", "purpose", "note"]


class OpenedShape(serializers.Serializer[Any]):
    identity = IdentityFields()
    version = serializers.CharField()
    opening = OpeningShape()


@method_decorator(never_cache, name="dispatch")
class SubjectIdentityVault(APIView):
    permission = Permission.IDENTITY_OPEN

    @extend_schema(responses=VaultShape)
    def get(self, request: Request, code: str) -> Response:
        """Whether an identity is recorded, and what it may be opened for. Shows nothing of it."""
        trial, subject = _asked(request, code)
        return Response(_vault(trial, subject, identity_of(subject)))

    @extend_schema(request=OpeningInput, responses=OpenedShape)
    def post(self, request: Request, code: str) -> Response:
        """Open it for the stated purpose. The opening is on record before this answers."""
        trial, subject = _asked(request, code)
        given = OpeningInput(data=request.data)
        given.is_valid(raise_exception=True)
        opened = identities.open_identity(
            subject=subject,
            purpose=OpeningPurpose(given.validated_data["purpose"]),
            note=given.validated_data["note"],
            by=trial.user,
            at=trial.at,
        )
        opening = OpeningShape(opened.opening).data
        return Response({"identity": opened.identity.as_texts(), "version": opened.version, "opening": opening})

    @extend_schema(request=IdentityInput, responses={200: VaultShape, 201: VaultShape})
    def put(self, request: Request, code: str) -> Response:
        """Record the identity (201), or correct the version that was seen (200)."""
        trial, subject = _asked(request, code)
        given = IdentityInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        identity: Identity = entered(values["identity"])
        if not values["seen_version"]:
            saved = identities.record(subject=subject, identity=identity, by=trial.user, at=trial.at)
            return Response(_vault(trial, subject, saved), status=status.HTTP_201_CREATED)
        saved = identities.correct(
            subject=subject,
            identity=identity,
            seen_version=values["seen_version"],
            reason=values["reason"],
            by=trial.user,
            at=trial.at,
        )
        return Response(_vault(trial, subject, saved))


@method_decorator(never_cache, name="dispatch")
class IdentityOpenings(ListAPIView[IdentityOpening]):
    """Who opened the identity, the latest first."""

    permission = Permission.IDENTITY_OPEN
    serializer_class = OpeningShape
    queryset = IdentityOpening.objects.none()

    def get_queryset(self) -> QuerySet[IdentityOpening]:
        if getattr(self, "swagger_fake_view", False):
            return IdentityOpening.objects.none()
        return openings_of(_asked(self.request, self.kwargs["code"])[1])


def _asked(request: Request, code: str) -> tuple[TrialContext, Subject]:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    trial.require(Permission.IDENTITY_OPEN, site=subject.site)
    return trial, subject


def _vault(trial: TrialContext, subject: Subject, saved: SubjectIdentity | None) -> dict[str, object]:
    facts = vault_facts(subject, saved)
    return {
        "subject": subject.code,
        "recorded_at": saved.recorded_at if saved else None,
        "recorded_by": saved.recorded_by.username if saved else None,
        "version": version_of(saved) if saved else None,
        "purposes": [purpose.value for purpose in purposes_for(opening_roles(trial, subject), facts)] if saved else [],
    }
