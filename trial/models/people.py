"""People, what they are in a study, and what was delegated to them."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from trial.rules.roles import ROLE_LABELS, DelegatedTask, Role


class User(AbstractUser):
    """A person who acts under their own name, or a named background service. Never deleted, so a name is never
    reused."""

    first_name = None  # type: ignore[assignment]  # one printed name, as it is signed: Chinese names do not split
    last_name = None  # type: ignore[assignment]  # as above
    printed_name = models.CharField(max_length=120)
    is_service = models.BooleanField(default=False)
    initial_password = models.BooleanField(default=False)
    password_mac = models.CharField(max_length=64, blank=True)

    REQUIRED_FIELDS = ["printed_name"]

    def __str__(self) -> str:
        return self.printed_name or self.username

    def get_full_name(self) -> str:
        return self.printed_name

    def check_password(self, raw_password: str | None) -> bool:
        """Compare only. Django would re-hash on the way when its parameters change: a write nobody asked for."""
        return check_password(raw_password, self.password)


class Membership(models.Model):
    """A role in a study, at one site or (``site`` empty) at all of them, for a period in whole days, bounds
    inclusive."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey("trial.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=32, choices=[(role.value, ROLE_LABELS[role]) for role in Role])
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    mac = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "study", "site", "role", "valid_from"], name="membership_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="membership_period"
            ),
        ]


class Delegation(models.Model):
    """A line of the delegation log. In force from ``valid_from`` to ``valid_until`` while training is valid, once
    signed."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations")
    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="delegations")
    site = models.ForeignKey("trial.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tasks = ArrayField(models.CharField(max_length=40, choices=[(task.value, task.value) for task in DelegatedTask]))
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    training_valid_until = models.DateField()
    signature = models.OneToOneField(
        "trial.ElectronicSignature", on_delete=models.PROTECT, null=True, blank=True, related_name="delegation"
    )
    revoked_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="delegation_period"
            ),
        ]
        indexes = [models.Index(fields=["study", "user"])]
