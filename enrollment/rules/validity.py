"""Whether a result is still, and already, valid on the day for which it is asked."""

from __future__ import annotations

from datetime import date, timedelta

from enrollment.rules.finding import Finding, found
from enrollment.rules.verdict import Verdict
from trial.rules.decision import Reason


def expired(
    *,
    what: str,
    taken_on: date | None,
    dated: str,
    on: date | None,
    max_age_days: int,
    code: str,
    source: str,
    on_key: str = "evaluated_on",
) -> Finding | None:
    """Why a result does not count on the day ``on``; None where it does.

    A result of ``max_age_days`` ago still counts, one of the future does not. A result without its date is taken as
    valid. ``dated`` names the fact that holds its date ("creatinine.collected_on").
    """
    if taken_on is None:
        return None
    used = {dated: taken_on, on_key: on}
    if on is None:
        text = f"{what} of {taken_on}: the day of evaluation is not known, so neither is its age."
        return found(Verdict.UNKNOWN, Reason(code, text, source), used=used, needs=(on_key,))
    if taken_on > on:
        text = f"{what} is dated {taken_on}, after {on}."
    elif on - taken_on > timedelta(days=max_age_days):
        text = f"{what} of {taken_on} is {(on - taken_on).days} days old on {on}; at most {max_age_days} are allowed."
    else:
        return None
    return found(Verdict.UNKNOWN, Reason(code, text, source), used=used, needs=(dated.partition(".")[0],))
