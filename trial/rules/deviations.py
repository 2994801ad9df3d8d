"""Protocol deviations: when one may be reported by hand, and when classified."""

from __future__ import annotations

from datetime import datetime

from trial.rules.decision import Decision, Reason
from trial.rules.states import DeviationClass

_SOURCE = "ICH E6(R3) 2.5.3; ICH E3 10.2"


def may_report(*, description: str, occurred_at: datetime, at: datetime) -> Decision:
    """Every reason against reporting a deviation by hand. What happened is described, and has happened."""
    return Decision.of(
        [
            None if description.strip() else Reason("DEV-DESCRIPTION", "Describe what happened.", _SOURCE),
            None if occurred_at <= at else Reason("DEV-FUTURE", "A deviation does not lie in the future.", _SOURCE),
        ]
    )


def may_classify(*, earlier: DeviationClass, wanted: DeviationClass, assessment: str) -> Decision:
    """Every reason against this classification. It can be changed, with a new assessment; it is never taken back."""
    return Decision.of(
        [
            Reason("DEV-CLASS", "Say whether the deviation is minor or major (important).", _SOURCE)
            if wanted is DeviationClass.OPEN
            else None,
            Reason("DEV-SAME", f"It is classified as {wanted.value.lower()} already.", _SOURCE)
            if wanted is not DeviationClass.OPEN and wanted is earlier
            else None,
            None
            if assessment.strip()
            else Reason("DEV-ASSESSMENT", "Say what it means for the participant and for the results.", _SOURCE),
        ]
    )
