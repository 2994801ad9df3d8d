"""What falls due, and what people were told about it."""

from __future__ import annotations

from datetime import UTC

from django.db import models
from django.db.models import Q

from trial.rules.states import EmailState


class DueItem(models.Model):
    """Something that happens by itself at a time: a gate review opens, a visit is reminded of, a notice is overdue.

    The row is the truth; the sweep claims rows with SKIP LOCKED. ``key`` makes planning the same thing twice harmless.
    """

    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    reference = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(done_at__isnull=True, cancelled_at__isnull=True), name="due_items_open"
            )
        ]


class Notification(models.Model):
    """A message to one person. ``key`` is unique per person: nobody is told the same thing twice in the application."""

    user = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="notifications")
    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=160)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    email_state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in EmailState], default="NONE")
    email_attempted_at = models.DateTimeField(null=True, blank=True)
    email_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notified_once")]
        indexes = [
            models.Index(fields=["user", "-created_at"]),
            models.Index(
                fields=["email_state"], condition=Q(email_state__in=["PENDING", "SENDING"]), name="emails_to_send"
            ),
        ]


class FormDraft(models.Model):
    """What somebody typed into a form and has not saved yet: kept for them alone, through a time-out or a crash.

    No record of the trial, and nothing decides from it: replaced while typing, deleted on saving. ``place`` is the
    address of the form, ``seen`` the hash of the record it was begun on. Identities are never drafted.
    """

    user = models.ForeignKey("trial.User", on_delete=models.PROTECT, related_name="drafts")
    study = models.ForeignKey("trial.Study", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200)
    seen = models.CharField(max_length=64, blank=True)
    content = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "study", "place"], name="one_draft_per_form")]

    @property
    def version(self) -> str:
        """Which text it is: every keeping makes another."""
        return self.saved_at.astimezone(UTC).isoformat()
