"""Which events are recorded of somebody who withdrew from the use of data."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from enrollment.rules.collection import Withdrawn
from enrollment.rules.states import WithdrawalScope
from safety.rules.after_withdrawal import against_event
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import Outcome, SeriousnessCriterion
from trial.rules.site_time import from_wall_clock

ZONE = "Asia/Taipei"
SINCE = from_wall_clock(datetime(2026, 3, 12, 9, 0), timezone=ZONE)
MILD = AdverseEventEntry(reported_term="Headache", onset="2026-03-13", aware_at=SINCE, grade=2)
T, F, D, A = WithdrawalScope


def refused(entry: AdverseEventEntry, scope: WithdrawalScope | None = D, *, special_interest: bool = False) -> bool:
    withdrawn = None if scope is None else Withdrawn(scope=scope, since=SINCE)
    return against_event(withdrawn, entry, special_interest=special_interest, timezone=ZONE) is not None


@pytest.mark.parametrize(("scope", "is_refused"), [(None, False), (T, False), (F, False), (D, True), (A, True)])
def test_only_a_withdrawal_from_the_use_of_data_leaves_anything_out(scope: WithdrawalScope | None, is_refused: bool):
    assert refused(MILD, scope) is is_refused


@pytest.mark.parametrize(
    ("changes", "is_refused"),
    [
        pytest.param({"grade": 2}, True, id="G26-grade 2"),
        pytest.param({"grade": 3}, False, id="G26-grade 3"),
        pytest.param({"grade": None}, False, id="G26-not graded"),
        pytest.param(
            {"serious": True, "seriousness_criteria": (SeriousnessCriterion.HOSPITALISATION,)}, False, id="G26-serious"
        ),
        pytest.param({"outcome": Outcome.FATAL}, False, id="G26-fatal"),
        pytest.param({"infusion_reaction": True}, False, id="G26-infusion reaction"),
        pytest.param({"stopped_infusion": True}, False, id="G26-stopped an infusion"),
        pytest.param({"onset": "2026-03-12T08:59"}, False, id="G26-began a minute before"),
        pytest.param({"onset": "2026-03-12T09:00"}, True, id="G26-began at that minute"),
        pytest.param({"onset": "2026-03-12"}, False, id="G26-may have begun before"),
        pytest.param({"onset": "2026"}, False, id="G26-some time that year"),
        pytest.param({"onset": "soon"}, False, id="refused for its onset elsewhere"),
    ],
)
def test_what_safety_law_asks_for_is_recorded(changes: dict[str, object], is_refused: bool):
    assert refused(replace(MILD, **changes)) is is_refused  # type: ignore[arg-type]  # fields of the entry


def test_special_interest_is_recorded():
    assert not refused(MILD, special_interest=True)
