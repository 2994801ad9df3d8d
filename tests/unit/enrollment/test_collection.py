"""What each withdrawal stops, and which visits are still entered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from enrollment.rules.collection import STOPPED_BY, Activity, Withdrawn, against_visit
from enrollment.rules.states import WithdrawalScope

SINCE = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
T, F, D, A = WithdrawalScope


def test_each_scope_stops_what_the_narrower_one_stops_and_more():
    stopped = [STOPPED_BY[scope] for scope in WithdrawalScope]
    assert all(narrow < wide for narrow, wide in pairwise(stopped))
    assert stopped[0] == {Activity.INFUSION}
    assert stopped[-1] == set(Activity)


@pytest.mark.parametrize(
    ("scope", "done_at", "code"),
    [
        pytest.param(T, SINCE - SECOND, None, id="G26-treatment, before"),
        pytest.param(T, SINCE + SECOND, None, id="G26-treatment, after"),
        pytest.param(F, SINCE - SECOND, None, id="G26-follow-up, before"),
        pytest.param(F, SINCE, "VIS-WITHDRAWN", id="G26-follow-up, that instant"),
        pytest.param(F, SINCE + SECOND, "VIS-WITHDRAWN", id="G26-follow-up, after"),
        pytest.param(D, SINCE - SECOND, "VIS-DATA-USE", id="G26-data use, before"),
        pytest.param(D, SINCE + SECOND, "VIS-DATA-USE", id="G26-data use, after"),
        pytest.param(A, SINCE - SECOND, "VIS-DATA-USE", id="G26-all"),
    ],
)
def test_visits_after_a_withdrawal(scope: WithdrawalScope, done_at: datetime, code: str | None):
    reason = against_visit(Withdrawn(scope=scope, since=SINCE), done_at=done_at)
    assert (reason.code if reason else None) == code


def test_nobody_withdrew():
    assert against_visit(None, done_at=SINCE) is None
