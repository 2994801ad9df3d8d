"""Calling a service from a page: its refusals come back as reasons, to stand beside the control that was used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import DatabaseError

from trial.edge.middleware import refusal_reasons
from trial.errors import ReauthenticationFailed, RuleViolation, StaleRecord
from trial.rules.decision import Reason

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """Either ``result``, or the reasons of a refusal with the HTTP status that says so."""

    result: Result | None
    reasons: tuple[Reason, ...] = ()
    status: int = 200

    @property
    def refused(self) -> bool:
        return bool(self.reasons)


def attempt(act: Callable[[], Result]) -> Outcome[Result]:
    """Run ``act``. A refusal (of a rule, a stale record, a wrong password, the database's guard) becomes reasons.

    A missing permission is no refusal of this kind: it stays an error page, because the page should not have offered
    it.
    """
    try:
        return Outcome(act())
    except ReauthenticationFailed as failed:
        return Outcome(None, (failed.reason,), 403)
    except (RuleViolation, StaleRecord, DatabaseError) as refusal:
        reasons = refusal_reasons(refusal)
        if not reasons:
            raise
        return Outcome(None, reasons, 409)
