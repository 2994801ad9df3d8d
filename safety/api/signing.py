"""Signed requests of safety: a signature, and a signature with its reason in words."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from trial.api.signing import SignatureInput


class SignedInput(serializers.Serializer[Any]):
    signature = SignatureInput()


class SignedRationaleInput(SignedInput):
    rationale = serializers.CharField(max_length=4000)
