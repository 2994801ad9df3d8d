"""Messages to people: exactly once in the application, at least once by e-mail with a stable Message-ID."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from trial.models import Notification, Site, Study, User
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.rules.states import EmailState

# An e-mail that was being sent when its process died is "uncertain" after this much true time, and shown as such.
_SENDING_TIMEOUT = timedelta(minutes=5)
_ATTEMPTS = 5


def notify(
    *, users: Iterable[User], study: Study, key: str, title: str, body: str = "", path: str = "", at: datetime
) -> None:
    """Tell these people once: the same ``key`` for the same person is never told again."""
    rows = [
        Notification(
            user=user,
            study=study,
            key=key,
            title=title,
            body=body,
            path=path,
            created_at=at,
            email_state=EmailState.PENDING if user.email else EmailState.NONE,
        )
        # In one order for everybody: two sessions that tell the same people wait for each other, and never in a ring.
        for user in sorted(users, key=lambda user: user.pk)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def holders(*, study: Study, roles: Iterable[Role], on: datetime, site_id: int | None = None) -> list[User]:
    """Active people who hold one of the roles on that site-local day (at that site, or study-wide). Two queries."""
    zone = Site.objects.filter(study=study).order_by("id").values_list("timezone", flat=True).first() or "UTC"
    day = site_date(on, timezone=zone)
    memberships = Q(
        memberships__study=study, memberships__role__in=[role.value for role in roles], memberships__valid_from__lte=day
    ) & (Q(memberships__valid_until__isnull=True) | Q(memberships__valid_until__gte=day))
    if site_id is not None:
        memberships &= Q(memberships__site_id=site_id) | Q(memberships__site__isnull=True)
    return list(User.objects.filter(memberships, is_active=True, is_service=False).distinct().order_by("id"))


def mark_read(*, user: User, at: datetime, pk: int | None = None) -> None:
    rows = Notification.objects.filter(user=user, read_at__isnull=True)
    if pk is not None:
        rows = rows.filter(pk=pk)
    rows.update(read_at=at)


def send_next_email(*, true_now: datetime) -> bool:
    """Send one pending e-mail. Claimed and committed as SENDING before the server is asked, SENT after.

    A process that dies in between leaves SENDING, which turns UNCERTAIN and is shown, never silently sent again.
    Answers whether one was sent: a server that fails once is left alone until the next sweep, so that its time-outs
    never hold up what is due.
    """
    row = _claim(true_now=true_now)
    if row is None:
        return False
    try:
        _message(row).send()
    except (SMTPException, OSError):
        row.email_state = EmailState.PENDING if row.email_attempts < _ATTEMPTS else EmailState.FAILED
    except ValueError:  # an address or header that no server would take: trying again changes nothing
        row.email_state = EmailState.FAILED
    else:
        row.email_state = EmailState.SENT
    row.save(update_fields=["email_state"])
    return row.email_state == EmailState.SENT


def _claim(*, true_now: datetime) -> Notification | None:
    """The next e-mail to try, now SENDING. A failed one waits a minute."""
    with transaction.atomic():
        row = (
            Notification.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "study")
            .filter(email_state=EmailState.PENDING, email_attempts__lt=_ATTEMPTS)
            .filter(Q(email_attempted_at__isnull=True) | Q(email_attempted_at__lt=true_now - timedelta(minutes=1)))
            .order_by("id")
            .first()
        )
        if row is not None:
            row.email_state = EmailState.SENDING
            row.email_attempted_at = true_now
            row.email_attempts += 1
            row.save(update_fields=["email_state", "email_attempted_at", "email_attempts"])
        return row


def mark_uncertain(*, true_now: datetime) -> int:
    return Notification.objects.filter(
        email_state=EmailState.SENDING, email_attempted_at__lt=true_now - _SENDING_TIMEOUT
    ).update(email_state=EmailState.UNCERTAIN)


def _message(row: Notification) -> EmailMessage:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    link = f"\n\n{settings.SITE_URL}{row.path}" if row.path else ""
    return EmailMessage(
        subject=f"[{row.study.registry_id}] {' '.join(row.title.split())}",
        body=f"{row.body or row.title}{link}\n",
        to=[row.user.email],
        headers={"Message-ID": f"<stepwise-{row.study.registry_id}-{row.pk}@{host}>"},
    )
