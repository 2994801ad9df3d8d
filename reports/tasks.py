"""Background work of reports."""

from __future__ import annotations

import logging

from celery import shared_task

from reports.services import making
from reports.services.requests import TASK
from trial import clock

_log = logging.getLogger(__name__)


@shared_task(name=TASK)
def make_report(report_id: int) -> None:
    """Make one report. Called twice it is made once."""
    try:
        making.make(report_id, at=clock.now())
    except Exception as error:
        # The report must not stay RUNNING for ever: whoever asked for it is told, and the log keeps the rest.
        _log.exception("Report %s could not be made.", report_id)
        making.give_up(report_id, error=f"{type(error).__name__}: {error}"[:2000], at=clock.now())
        raise
