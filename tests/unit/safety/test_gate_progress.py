"""How far a cohort has come on the way to its gate. G numbers are those of the domain document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safety.rules.cohort_state import CohortState
from safety.rules.gate_facts import CohortFacts
from safety.rules.outcome import Verdict
from tests.builders.gate import codes, evaluated, moment, ok_cohort, with_subject
from tests.unit.safety.gate_cases import NOT_READY, PASSED


@pytest.mark.parametrize(
    ("as_of", "expected", "reasons", "state"),
    [
        ("2025-03-31T23:59:59", NOT_READY, {"GATE-WINDOW", "GATE-EVALUABLE"}, CohortState.OBSERVING),
        ("2025-04-01T00:00:00", PASSED, set(), CohortState.READY),
    ],
    ids=["G02-day-28-ends", "G02-day-29-begins"],
)
def test_g02_the_window_of_the_last_subject_ends_with_day_28(
    as_of: str, expected: Verdict, reasons: set[str], state: CohortState
) -> None:
    result = evaluated(ok_cohort(), as_of=as_of)
    assert (result.result, codes(result), result.state) == (expected, reasons, state)
    assert result.earliest_review_at == moment("2025-04-01T00:00")
    assert result.subjects[2].window_closes_at == moment("2025-03-31T23:59:59")


def test_g40_an_open_item_of_the_checklist_is_not_ready() -> None:
    result = evaluated(ok_cohort(incomplete=("D14 laboratory of subject 2 pending",)))
    assert (result.result, codes(result), result.state) == (NOT_READY, {"GATE-CHECKLIST"}, CohortState.OBSERVING)
    assert evaluated(ok_cohort(incomplete=())).result is PASSED


@pytest.mark.parametrize(
    ("change", "code"), [({"incomplete": None}, "GATE-CHECKLIST"), ({"events": None}, "GATE-EVENTS-UNKNOWN")]
)
def test_what_nobody_said_passes_no_gate(change: dict[str, None], code: str) -> None:
    result = evaluated(ok_cohort(**change))
    assert (result.result, codes(result)) == (NOT_READY, {code})


@pytest.mark.parametrize(
    ("facts", "cohort", "state"),
    [
        (CohortFacts(subjects=(), events=(), incomplete=()), 1, CohortState.OPEN),
        (CohortFacts(subjects=(), events=(), incomplete=()), 2, CohortState.LOCKED),
        (CohortFacts(subjects=(), events=(), incomplete=(), opened=True), 2, CohortState.OPEN),
        (replace(ok_cohort(), subjects=ok_cohort().subjects[:2]), 1, CohortState.OPEN),
        (with_subject(ok_cohort(), 3, infusions=(), d28_visit_on=None), 1, CohortState.FILLED),
    ],
    ids=["first-empty", "second-empty", "second-opened", "two-of-three", "one-not-infused"],
)
def test_progress_of_a_cohort_without_decision(facts: CohortFacts, cohort: int, state: CohortState) -> None:
    assert evaluated(facts, cohort=cohort).state is state
