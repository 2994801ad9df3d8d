"""The shapes of consent forms, answers and signed pages over the API. No rule stands here."""

from __future__ import annotations

from typing import Any

from django import forms
from rest_framework import serializers

from enrollment.forms.consent_document import content_of
from enrollment.forms.consent_version import LABEL, LANGUAGE_TAG
from enrollment.models import ConsentDocument, ConsentVersion, InformedConsent
from enrollment.rules.states import OpeningPurpose

_LONGEST_REASON = 300


class ConsentShape(serializers.ModelSerializer[InformedConsent]):
    """``widened_at``: since when a withdrawal is as wide as ``withdrawal_scope`` says; null: from the beginning."""

    version = serializers.CharField(source="consent_version.label")
    language = serializers.CharField(source="consent_version.language")
    explained_by = serializers.CharField(source="explained_by.username")
    recorded_by = serializers.CharField(source="recorded_by.username")

    class Meta:
        model = InformedConsent
        fields = [
            "id",
            "version",
            "language",
            "status",
            "given_at",
            "explained_by",
            "copy_given",
            "before_procedures",
            "recorded_at",
            "recorded_by",
            "withdrawn_at",
            "widened_at",
            "withdrawal_scope",
            "withdrawal_reason",
        ]


class ReconsentShape(serializers.Serializer[Any]):
    """``due`` false: nothing has to be signed again. ``by``: the last day, null where none was set."""

    due = serializers.BooleanField()
    version = serializers.CharField(allow_null=True)
    by = serializers.DateField(allow_null=True)
    overdue = serializers.BooleanField()


class VersionShape(serializers.ModelSerializer[ConsentVersion]):
    """``subjects``: who takes part under it; ``still_to_sign``: who signed only older ones, where that is asked for."""

    site = serializers.CharField(source="site.code")
    version = serializers.CharField(source="label")
    entered_by = serializers.CharField(source="entered_by.username", default=None, allow_null=True)
    subjects = serializers.IntegerField()
    still_to_sign = serializers.IntegerField()

    class Meta:
        model = ConsentVersion
        fields = [
            "id",
            "site",
            "version",
            "language",
            "approved_on",
            "approval_reference",
            "reconsent_required",
            "reconsent_by",
            "entered_at",
            "entered_by",
            "subjects",
            "still_to_sign",
        ]


class VersionInput(serializers.Serializer[Any]):
    """``late_reason``: why a form is entered that was approved before one of its language that is entered already."""

    site = serializers.CharField(max_length=12)
    version = serializers.CharField(max_length=32, validators=[LABEL])
    language = serializers.CharField(max_length=12, validators=[LANGUAGE_TAG])
    approved_on = serializers.DateField()
    approval_reference = serializers.CharField(max_length=80)
    reconsent_required = serializers.BooleanField()
    reconsent_by = serializers.DateField(required=False, allow_null=True, default=None)
    late_reason = serializers.CharField(max_length=_LONGEST_REASON, required=False, allow_blank=True, default="")


class ReconsentInput(serializers.Serializer[Any]):
    reconsent_by = serializers.DateField()
    reason = serializers.CharField(max_length=_LONGEST_REASON)


class DocumentShape(serializers.ModelSerializer[ConsentDocument]):
    """That a page is filed; not what stands on it. ``size`` in bytes, ``sha256`` of the file as it was uploaded."""

    consent = serializers.IntegerField(source="consent_id")
    uploaded_by = serializers.CharField(source="uploaded_by.username")

    class Meta:
        model = ConsentDocument
        fields = ["id", "consent", "media_type", "size", "sha256", "uploaded_at", "uploaded_by"]


class SignedPageInput(serializers.Serializer[Any]):
    """One file: PDF, JPEG or PNG by its content, at most 10 MiB."""

    file = serializers.FileField(allow_empty_file=True)

    def validate_file(self, value: Any) -> bytes:
        try:
            return content_of(value)
        except forms.ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from error


class DocumentOpeningInput(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=[purpose.value for purpose in OpeningPurpose])
