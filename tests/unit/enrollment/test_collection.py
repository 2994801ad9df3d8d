"""What each withdrawal stops, and which visits are still entered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from enrollment.rules.collection import STOPPED_BY, Activity, Withdrawn, against_preparation, against_visit
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


def test_a_call_is_named_as_one():
    withdrawn = Withdrawn(scope=F, since=SINCE)
    reason = against_visit(withdrawn, done_at=SINCE, what="call")
    assert reason is not None
    assert "when this call took place" in reason.message


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        pytest.param({}, [], id="taking-part"),
        pytest.param({"died_at": SINCE}, ["PRE-DIED"], id="died"),
        pytest.param({"lost_on": date(2026, 3, 12)}, ["PRE-LOST"], id="lost"),
        *(
            pytest.param({"withdrawn": Withdrawn(scope=scope, since=SINCE)}, ["PRE-WITHDRAWN"], id=f"G26-{scope}")
            for scope in WithdrawalScope
        ),
        pytest.param(
            {"withdrawn": Withdrawn(scope=A, since=SINCE), "lost_on": date(2026, 3, 12), "died_at": SINCE},
            ["PRE-DIED", "PRE-WITHDRAWN", "PRE-LOST"],
            id="every-reason-at-once",
        ),
    ],
)
def test_who_is_prepared_for_an_infusion(facts, codes):
    found = list(against_preparation(**{"withdrawn": None, "lost_on": None, "died_at": None, **facts}))
    assert [reason.code for reason in found] == codes
    assert all(reason.source for reason in found)
