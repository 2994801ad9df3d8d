"""Access for programs, issued to a person for a purpose and a time; and requests that must be carried out only once."""

from __future__ import annotations

from django.db import models


class ApiToken(models.Model):
    """Only the hash of the token is kept. Tokens live in true time."""

    user = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="api_tokens")
    purpose = models.CharField(max_length=200)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class IdempotentRequest(models.Model):
    """The answer that was given to a request with an ``Idempotency-Key``: given again, nothing is done again."""

    user = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]
