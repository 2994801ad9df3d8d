"""The one clock. Everything that happens in the trial happens at its time; sessions and tokens live in true time.

The offset of a demonstration stands in the database, so that every process and every trigger read the same clock.
Only the edge (views, API, tasks, commands) may ask; below it the time is passed as ``at``.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """The present instant of the trial, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT trial_now()")
        row = cursor.fetchone()
    instant: datetime = row[0]
    return instant.astimezone(UTC)


def true_now() -> datetime:
    """The true time of the server, for sessions, tokens and locks that must not follow a demonstration's clock."""
    return datetime.now(UTC)
