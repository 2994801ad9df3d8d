"""The clock of a demonstration: it can be moved forward, never back. A real deployment has no such thing."""

from __future__ import annotations

from datetime import datetime, timedelta

from trial import clock
from trial.errors import RuleViolation
from trial.models import Deployment, User
from trial.rules.decision import Decision, Reason
from trial.services.regulated import regulated

LONGEST_STEP = timedelta(days=400)


def advance(*, step: timedelta, by: User) -> datetime:
    """Move the trial clock of a demonstration forward by ``step``; answers the new trial time.

    Raises ``RuleViolation`` in a real deployment (whose database refuses it as well) and for a step back.
    """
    with regulated(by=by, act="demonstration.advance"):
        deployment = Deployment.objects.select_for_update().get(pk=1)
        if not deployment.is_demonstration:
            raise _refused("CLK-REAL", "The clock of a real deployment is the true time and cannot be moved.")
        if not timedelta(0) <= step <= LONGEST_STEP:
            raise _refused("CLK-STEP", f"The clock moves forward, by at most {LONGEST_STEP.days} days at once.")
        deployment.clock_offset += step
        deployment.save(update_fields=["clock_offset"])
    return clock.now()


def _refused(code: str, message: str) -> RuleViolation:
    return RuleViolation(Decision((Reason(code, message, "House rule: time in a demonstration"),)))
