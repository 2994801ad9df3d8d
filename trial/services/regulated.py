"""The shape of every change: one transaction that says who, what for and why, and holds the study lock.

The history triggers refuse a change without this context, so a write that goes around a service fails.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from trial.models import Study, User

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_acting: contextvars.ContextVar[bool] = contextvars.ContextVar("acting", default=False)


@contextmanager
def regulated(*, by: User, act: str, study: Study | None = None, reason: str = "") -> Iterator[None]:
    """Open the transaction of one use case.

    ``act`` names it ("infusions.start"), ``reason`` is the person's own where a saved value changes. With ``study`` the
    study row is locked first: allocation, infusion start, holds, gate decisions and adverse events queue there. The
    lock is FOR NO KEY UPDATE: it excludes its like, but lets rows that merely refer to the study be written.

    Nested uses keep the outer act: a reaction belongs to what caused it.
    """
    with transaction.atomic():
        outermost = not _acting.get()
        token = _acting.set(True)
        try:
            if outermost:
                _set_context(by=by, act=act, reason=reason)
            if study is not None:
                lock_study(study)
            yield
            if outermost:
                # The setting would end with the transaction; a test's or a caller's outer transaction goes on.
                _clear_context()
        finally:
            _acting.reset(token)


def lock_study(study: Study) -> None:
    """Take the study row's lock. Always the first lock of a transaction that decides anything about dosing."""
    Study.objects.select_for_update(no_key=True).only("id").get(pk=study.pk)


def _set_context(*, by: User, act: str, reason: str) -> None:
    context = {
        "actor_id": by.pk,
        "actor": by.username,
        "act": act,
        "reason": reason,
        "request_id": request_id.get(),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [json.dumps(context)])


def _clear_context() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', '', true)")
