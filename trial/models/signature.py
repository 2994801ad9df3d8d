"""The electronic signature: who, under which name and role, what it means, when, and the hash of what was signed."""

from __future__ import annotations

from django.db import models

from trial.rules.roles import Role
from trial.rules.states import MEANING_LABELS, Meaning


class ElectronicSignature(models.Model):
    """Append-only. ``mac`` is an HMAC-SHA256 that the database verifies on insert with a key only its owner can read.

    Source: 21 CFR 11.50, 11.70, 11.200; ``docs/adr/0003-signatures.md``.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    signer = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=120)
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    meaning = models.CharField(max_length=32, choices=[(m.value, MEANING_LABELS[m]) for m in Meaning])
    signed_at = models.DateTimeField()
    method = models.CharField(max_length=16, default="password")
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    class Meta:
        # A copy of a genuine row would verify like the original; it cannot be inserted.
        constraints = [models.UniqueConstraint(fields=["mac"], name="signature_once")]
        indexes = [models.Index(fields=["meaning", "content_sha256"])]

    def __str__(self) -> str:
        return f"{self.printed_name} ({self.role}): {self.meaning}"
