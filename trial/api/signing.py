"""The signature in a request of a program: name, password, meaning and the hash of what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request

from trial.edge.context import trial_of
from trial.rules.states import Meaning
from trial.services.signatures import Proof, reauthenticate


class SignatureInput(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(trim_whitespace=False)
    meaning = serializers.ChoiceField(choices=[meaning.value for meaning in Meaning])
    content_hash = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="SHA-256 of the content as it was shown.")


def proof_of(request: Request, given: Mapping[str, Any], *, meaning: Meaning) -> Proof:
    """Check the credentials. Raises ``ReauthenticationFailed`` (403); another meaning is a malformed request (400)."""
    if given["meaning"] != meaning.value:
        raise serializers.ValidationError({"signature": {"meaning": [f"This is signed as {meaning.value}."]}})
    inner: HttpRequest = request._request
    return reauthenticate(
        request=inner,
        username=given["username"],
        password=given["password"],
        content_sha256=given["content_hash"],
        expected=trial_of(request).user,
    )
