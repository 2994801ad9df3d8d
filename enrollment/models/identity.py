"""Who a participant is, apart from everything else: sealed values, the keys they are sealed with, and who looked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enrollment.rules.states import OpeningPurpose, SealedUse


class VaultKey(models.Model):
    """The key of one sealed thing, itself sealed with a key of the installation. Only this is renewed on rotation.

    ``wrapped`` and ``key_id`` say with which installation key. One row seals no document: its key marks people.
    Source: decision 4; ``docs/adr/0008-identity-vault.md``.
    """

    use = models.CharField(
        max_length=12, choices=[(u.value, u.value) for u in SealedUse], default=SealedUse.CONTENT.value
    )
    wrapped = models.TextField()
    key_id = models.CharField(max_length=16)
    wrapped_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key_id"], name="vault_keys_to_rotate")]
        constraints = [
            models.UniqueConstraint(fields=["use"], condition=Q(use="PERSON_MARK"), name="one_key_of_marks"),
        ]


class SubjectIdentity(models.Model):
    """One participant's identity as one sealed document. Nothing readable stands in any column, nor in its history.

    ``person_mark`` is a keyed hash of the national number: it tells that two subjects are the same person, and nothing
    else. Source: PDPA; ICH E6(R3) sponsor data (t); Taiwan GCP article 106.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    subject = models.OneToOneField("enrollment.Subject", on_delete=models.PROTECT, related_name="identity")
    key = models.OneToOneField(VaultKey, on_delete=models.PROTECT, related_name="identity")
    sealed = models.TextField()
    person_mark = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "person_mark"], condition=~Q(person_mark=""), name="person_once"),
        ]


class IdentityOpening(models.Model):
    """Somebody looked into the vault: who, in which role, when, and what for. Append-only. Source: Taiwan GCP 103."""

    identity = models.ForeignKey(SubjectIdentity, on_delete=models.PROTECT, related_name="openings")
    opened_by = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    role = models.CharField(max_length=32)
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in OpeningPurpose])
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["identity", "-opened_at"])]
