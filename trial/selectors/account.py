"""What belongs to one person: messages, tokens, studies."""

from __future__ import annotations

from django.db.models import QuerySet

from trial.models import ApiToken, Notification, Study, User


def notifications_of(user: User, *, study: Study, unread_only: bool = False) -> QuerySet[Notification]:
    """The latest first."""
    rows = Notification.objects.filter(user=user, study=study)
    if unread_only:
        rows = rows.filter(read_at__isnull=True)
    return rows.order_by("-created_at", "-id")


def tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user).order_by("-id")


def studies_of(user: User) -> QuerySet[Study]:
    """Every study in which this person has or had a role."""
    return Study.objects.filter(memberships__user=user).distinct().order_by("registry_id")
