"""How the installation is doing: the sweep, what waits for it, what could not be delivered or made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import django
from django.db import connection
from django.db.models import Count, Q

from reports.models import Report
from reports.rules.states import ReportState
from trial.models import DueItem, Notification, Study, SweepState
from trial.rules.states import EmailState


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """``swept_at`` is true time, ``swept_until`` the trial time the last sweep looked at; None: it never ran."""

    swept_at: datetime | None
    swept_until: datetime | None
    due_open: int
    due_past: int
    emails: tuple[tuple[str, int], ...]
    undelivered: tuple[Notification, ...]
    reports: tuple[tuple[str, int], ...]
    versions: tuple[tuple[str, str], ...]


def system_status(study: Study, *, at: datetime) -> SystemStatus:
    """Six queries."""
    sweep = SweepState.objects.first()
    items = DueItem.objects.filter(study=study, done_at__isnull=True, cancelled_at__isnull=True)
    due = items.aggregate(open=Count("pk"), past=Count("pk", filter=Q(due_at__lte=at)))
    emails = dict(
        Notification.objects.filter(study=study).order_by().values_list("email_state").annotate(number=Count("pk"))
    )
    undelivered = Notification.objects.filter(
        study=study, email_state__in=[EmailState.UNCERTAIN, EmailState.FAILED]
    ).select_related("user")
    reports = dict(Report.objects.filter(study=study).order_by().values_list("state").annotate(number=Count("pk")))
    return SystemStatus(
        swept_at=sweep.finished_at if sweep else None,
        swept_until=sweep.trial_at if sweep else None,
        due_open=due["open"] - due["past"],
        due_past=due["past"],
        emails=tuple((state.value, emails.get(state.value, 0)) for state in EmailState),
        undelivered=tuple(undelivered.order_by("-id")[:50]),
        reports=tuple((state.value, reports.get(state.value, 0)) for state in ReportState),
        versions=(("Django", django.get_version()), ("PostgreSQL", _server_version())),
    )


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        row = cursor.fetchone()
    return str(row[0])
