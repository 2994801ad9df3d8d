"""Gives every request its trial context, and answers the refusals of services as pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from trial.edge.context import TrialContext
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.rules.decision import Reason
from trial.services.regulated import request_id

_GUARD_SQLSTATE = "SW409"


class TrialMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex)
        request.trial = TrialContext(request)  # type: ignore[attr-defined]  # read through trial_of()
        try:
            return self.get_response(request)
        finally:
            request_id.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotPermitted):
            return render(request, "403.html", {"reasons": [exception.reason]}, status=403)
        reasons = refusal_reasons(exception)
        return render(request, "409.html", {"reasons": reasons}, status=409) if reasons else None


def refusal_reasons(exception: Exception) -> tuple[Reason, ...]:
    """The reasons of a refusal: of a rule, of a stale record, or of the database's own guard. Empty for other
    errors."""
    if isinstance(exception, RuleViolation):
        return exception.reasons
    if isinstance(exception, StaleRecord):
        return (exception.reason,)
    cause = exception.__cause__
    if not isinstance(exception, DatabaseError) or getattr(cause, "pgcode", "") != _GUARD_SQLSTATE:
        return ()
    diagnostics = cause.diag  # type: ignore[union-attr]  # psycopg2 errors carry it
    codes = (diagnostics.message_hint or "DB-GUARD").split(",")
    return tuple(Reason(code, diagnostics.message_primary, "The database's own guard") for code in codes)
