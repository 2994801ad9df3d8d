"""What the log says became of an attempt."""

from __future__ import annotations

import pytest

from enrollment.rules.screening_log import AttemptOutcome, ClosedAs, attempt_outcome
from enrollment.rules.states import SubjectState

S, O = SubjectState, AttemptOutcome  # noqa: E741
OPEN = ClosedAs.OPEN


@pytest.mark.parametrize(
    ("closed_as", "state", "is_allocated", "outcome"),
    [
        (OPEN, S.SCREENING, False, O.SCREENING),
        (OPEN, S.ELIGIBLE, False, O.ELIGIBLE),
        (OPEN, S.WITHDRAWN, False, O.WITHDRAWN),
        (OPEN, S.DIED, False, O.DIED),
        (OPEN, S.ALLOCATED, True, O.ENROLLED),
        (OPEN, S.WITHDRAWN, True, O.ENROLLED),
        (OPEN, S.DIED, True, O.ENROLLED),
        (OPEN, S.COMPLETED, True, O.ENROLLED),
        (ClosedAs.SCREEN_FAILED, S.SCREEN_FAILED, False, O.SCREEN_FAILED),
        # A failed attempt stays one, whatever becomes of the subject in a later one.
        (ClosedAs.SCREEN_FAILED, S.SCREENING, False, O.SCREEN_FAILED),
        (ClosedAs.SCREEN_FAILED, S.ALLOCATED, True, O.SCREEN_FAILED),
        (ClosedAs.NOT_CONSENTED, S.SCREEN_FAILED, False, O.NOT_CONSENTED),
        (ClosedAs.NOT_CONTINUED, S.SCREEN_FAILED, False, O.NOT_CONTINUED),
    ],
)
def test_what_became_of_an_attempt(closed_as, state, is_allocated, outcome):
    assert attempt_outcome(closed_as=closed_as, state=state, is_allocated=is_allocated) is outcome


def test_every_way_of_closing_is_an_outcome():
    assert {closed.value for closed in ClosedAs if closed} <= {outcome.value for outcome in AttemptOutcome}
