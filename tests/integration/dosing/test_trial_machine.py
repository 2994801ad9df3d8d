"""A trial in random order: whatever people try, in whatever order, nothing starts that must not start.

Every walk begins at the same committed site and is rolled back at its end, so that each one meets a fresh trial. The
walks are the same in every run: a failure is found again.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dosing.models import Infusion
from safety.rules.states import Relationship
from tests.builders.prepared import allocated, open_cohort
from tests.builders.random_trial import RandomTrial
from tests.builders.scenario import TrialScenario
from tests.builders.what_must_hold import (
    cohorts_overfull,
    history_with_gaps,
    started_against_the_guard,
    units_out_of_balance,
)

_WHICH = {"which": st.integers(min_value=0, max_value=9)}
_BETWEEN = ["nothing", "nothing", "nothing", "a hold", "hours", "set aside", "an event"]


def _one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


# Each act with how often it is chosen, and what it is given.
ACTS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "one_is_prepared_and_started": (6, _WHICH | {"meanwhile": _one_of(*_BETWEEN), "by_statement": st.booleans()}),
    "time_passes": (3, {"days": _one_of(0, 1, 7, 14, 28, 36), "hours": _one_of(0, 1, 3)}),
    "somebody_enrols": (1, {}),
    "an_infusion_is_planned": (2, _WHICH),
    "product_is_handed_out": (2, _WHICH),
    "the_day_is_recorded": (2, _WHICH | {"weight": _one_of("61.0", "61.0", "90.0")}),
    "identity_is_checked": (2, _WHICH | {"second": _one_of("nurse2", "nurse2", "nurse")}),
    "somebody_starts": (3, _WHICH | {"who": _one_of("nurse", "nurse", "nurse2", "pharmacist")}),
    "a_statement_starts": (3, _WHICH | {"back_days": _one_of(0, 0, 3, 30)}),
    "a_breach_is_reported": (1, _WHICH | {"back_hours": _one_of(0, 5, 50)}),
    "a_running_one_ends": (3, _WHICH),
    "somebody_holds": (1, _WHICH | {"scope": _one_of("study", "cohort", "subject")}),
    "a_hold_is_lifted": (3, _WHICH),
    "an_event_is_reported": (
        1,
        _WHICH
        | {
            "grade": st.integers(min_value=1, max_value=5),
            "relationship": _one_of(Relationship.UNRELATED, Relationship.PROBABLE),
        },
    ),
    "the_gate_is_reviewed": (1, {"number": _one_of(1, 2)}),
    "a_signed_decision_opens": (2, {"number": _one_of(2, 2, 3)}),
    "a_unit_is_set_aside": (1, _WHICH),
    "the_culture_fails": (1, {}),
}
ACT = st.sampled_from([name for name, (weight, _given) in ACTS.items() for _ in range(weight)]).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(ACTS[name][1]))
)


class TrialWalk(RuleBasedStateMachine):
    """``seen``: infusions whose start was looked at already."""

    scenario: ClassVar[TrialScenario]
    tried: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.walk = transaction.atomic()
        self.walk.__enter__()
        self.trial = RandomTrial(self.scenario, self.tried)
        self.seen: set[int] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.walk.__exit__(None, None, None)

    @rule(act=ACT)
    def something_happens(self, act: tuple[str, dict[str, Any]]) -> None:
        name, given = act
        getattr(self.trial, name)(**given)

    @invariant()
    def nothing_started_against_the_guard(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        started = set(Infusion.objects.filter(started_at__isnull=False).values_list("pk", flat=True))
        for pk in started - self.seen:
            assert started_against_the_guard(pk) == []
        self.seen |= started

    @invariant()
    def no_cohort_is_overfull(self) -> None:
        assert cohorts_overfull() == []

    @invariant()
    def units_balance(self) -> None:
        assert units_out_of_balance() == []

    @invariant()
    def history_is_complete(self) -> None:
        assert history_with_gaps() == []


@pytest.fixture
def walks(committed_db) -> type[TrialWalk]:
    """Cohort 1 is filled and cohort 2 is open: from there on everything is possible."""
    scenario = TrialScenario()
    for _ in range(3):
        allocated(scenario)
    open_cohort(scenario, number=2)
    for _ in range(2):
        allocated(scenario)
    assert scenario.lot.units.count() == 20
    TrialWalk.scenario, TrialWalk.tried = scenario, Counter()
    return TrialWalk


def test_nothing_starts_that_must_not_start(walks):
    run_state_machine_as_test(
        walks,
        settings=settings(
            max_examples=5,
            stateful_step_count=24,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # The walks went where it matters: starts in order and refused ones, by services and by statements, and breaches.
    for outcome in ("start: done", "start: refused", "statement: done", "statement: refused", "breach: done"):
        assert walks.tried[outcome] > 0, walks.tried
