"""The sweep: everything that is due, carried out from database rows. Running it twice does nothing twice."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from celery import shared_task

from config.reactions import DUE
from reports.services import making
from safety.services import sweep as safety_sweep
from trial import clock
from trial.services import drafts, due, notifications, sweeps
from trial.services.due import NotCarriedOut

_logger = logging.getLogger(__name__)

# One sweep stops after this many items; the rest waits for the next one, so that no task outlives its visibility
# timeout.
_MOST_ITEMS = 500
_EMAIL_SECONDS = 30.0


@shared_task(name="config.tasks.sweep")
def sweep() -> None:
    """Carry out what is due, recheck open cohorts, drop old drafts, send waiting e-mails, revive lost reports."""
    run()


def run() -> None:
    """One sweep. What fails is said at the end, when everything else has had its turn."""
    at = clock.now()
    try:
        failures = _carry_out(at)
        safety_sweep.recheck(at=at)
        drafts.clean(at=at)
        sweeps.record(at=at, true_now=clock.true_now())
    finally:
        _send_emails()
        making.revive(at=at)
    if failures:
        raise failures[0]


def _carry_out(at: datetime) -> list[NotCarriedOut]:
    """A row that fails must not hold up those behind it: it is passed over until the next sweep."""
    failures: list[NotCarriedOut] = []
    for _ in range(_MOST_ITEMS):
        try:
            if not due.carry_out_next(at=at, handlers=DUE, besides=[failure.item_id for failure in failures]):
                break
        except NotCarriedOut as failure:
            _logger.exception("Not carried out: %s", failure)
            failures.append(failure)
    return failures


def _send_emails() -> None:
    """A slow mail server gets its share of a sweep and no more: due things come first, every time."""
    notifications.mark_uncertain(true_now=clock.true_now())
    end = time.monotonic() + _EMAIL_SECONDS
    while time.monotonic() < end and notifications.send_next_email(true_now=clock.true_now()):
        pass
