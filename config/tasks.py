"""The sweep: everything that is due, carried out from database rows. Running it twice does nothing twice."""

from __future__ import annotations

from celery import shared_task

from config.reactions import DUE
from safety.services import sweep as safety_sweep
from trial import clock
from trial.services import due, notifications, sweeps

# One sweep stops after this many items; the rest waits for the next one, so that no task outlives its visibility
# timeout.
_MOST_ITEMS = 500


@shared_task(name="config.tasks.sweep")
def sweep() -> None:
    """Carry out what is due, recheck open cohorts, send waiting e-mails."""
    run()


def run() -> None:
    at = clock.now()
    for _ in range(_MOST_ITEMS):
        if not due.carry_out_next(at=at, handlers=DUE):
            break
    safety_sweep.recheck(at=at)
    sweeps.record(at=at, true_now=clock.true_now())
    true_now = clock.true_now()
    notifications.mark_uncertain(true_now=true_now)
    for _ in range(_MOST_ITEMS):
        if not notifications.send_next_email(true_now=true_now):
            break
