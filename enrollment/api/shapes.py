"""The shapes of what enrolment takes and gives over the API. No rule stands here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enrollment.api.assessed import BesideShape
from enrollment.models import Subject
from enrollment.rules.eligibility import Overall
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from enrollment.rules.verdict import Verdict
from trial.api.signing import SignatureInput
from trial.forms.wall_clock import UNREADABLE, read_wall_clock

_LONGEST_REASON = 2000


@extend_schema_field(OpenApiTypes.DATETIME)
class SiteTimeField(serializers.Field):
    """A time with its offset, or without it on the clock of the site."""

    def to_internal_value(self, data: object) -> datetime:
        written = read_wall_clock(data) if isinstance(data, str) else None
        if written is None:
            raise serializers.ValidationError(UNREADABLE)
        return written

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class SubjectShape(serializers.ModelSerializer[Subject]):
    """``slot`` is the present slot, empty for a subject without one or whose slot was vacated."""

    site = serializers.CharField(source="site.code")
    cohort = serializers.SerializerMethodField()
    slot = serializers.SerializerMethodField()
    subject_number = serializers.SerializerMethodField()

    class Meta:
        model = Subject
        fields = [
            "code",
            "state",
            "site",
            "cohort",
            "slot",
            "subject_number",
            "registered_at",
            "withdrawn_on",
            "lost_on",
            "died_at",
        ]

    def get_cohort(self, subject: Subject) -> int | None:
        allocation = _held(subject)
        return allocation.slot.cohort.number if allocation else None

    def get_slot(self, subject: Subject) -> str | None:
        allocation = _held(subject)
        return allocation.slot.label if allocation else None

    def get_subject_number(self, subject: Subject) -> int | None:
        allocation = _held(subject)
        return allocation.subject_number if allocation else None


def _held(subject: Subject) -> Any:
    allocation = getattr(subject, "allocation", None)
    return allocation if allocation is not None and allocation.vacated_at is None else None


class ConsentInput(serializers.Serializer[Any]):
    """``version`` and ``language`` name an approved form of the site; ``explained_by`` is a user name."""

    version = serializers.CharField(max_length=32)
    language = serializers.CharField(max_length=12)
    status = serializers.ChoiceField(choices=[status.value for status in ConsentStatus])
    given_at = SiteTimeField()
    explained_by = serializers.CharField(max_length=150)
    copy_given = serializers.BooleanField()
    before_procedures = serializers.BooleanField()


class RegistrationInput(serializers.Serializer[Any]):
    site = serializers.CharField(max_length=12)
    consent = ConsentInput()


class FactsInput(serializers.Serializer[Any]):
    """``facts``: the keys of the eligibility contract, all that is known. ``seen_sha256``: as GET gave it."""

    facts = serializers.DictField()
    seen_sha256 = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=_LONGEST_REASON, required=False, allow_blank=True, default="")


class CriterionShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    result = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])
    used = serializers.DictField()
    reasons = serializers.ListField(child=serializers.DictField())
    needs = serializers.ListField(child=serializers.CharField())


class VerdictShape(serializers.Serializer[Any]):
    overall = serializers.ChoiceField(choices=[overall.value for overall in Overall])
    criteria = CriterionShape(many=True)
    pathways = serializers.DictField()


class EligibilitySignatureShape(serializers.Serializer[Any]):
    """``intact`` false: a fact changed since; ``changed`` names it."""

    signed_by = serializers.CharField()
    role = serializers.CharField()
    signed_at = serializers.DateTimeField()
    content_sha256 = serializers.CharField()
    intact = serializers.BooleanField()
    changed = serializers.ListField(child=serializers.CharField())


class ScreeningShape(serializers.Serializer[Any]):
    """``evaluated``: the facts with what consent record and calendar say. ``content_hash``: what a signature signs."""

    subject = serializers.CharField()
    attempt = serializers.IntegerField()
    state = serializers.CharField()
    facts = serializers.DictField()
    facts_sha256 = serializers.CharField()
    evaluated = serializers.DictField()
    verdict = VerdictShape()
    beside = BesideShape()
    content_hash = serializers.CharField()
    signature = EligibilitySignatureShape(allow_null=True)
    failure_codes = serializers.ListField(child=serializers.CharField())


class SigningInput(serializers.Serializer[Any]):
    signature = SignatureInput()


class WithdrawalInput(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=[scope.value for scope in WithdrawalScope])
    reason = serializers.CharField(max_length=_LONGEST_REASON)
