"""May this subject give the slot back: every reason by itself, and all of them together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enrollment.rules.allocation import Cap
from safety.rules.evaluability import Evaluability, Standing
from safety.rules.replacement import ReplacementFacts, may_vacate


def ok_replacement_facts(**changes: object) -> ReplacementFacts:
    """G23: withdrew inside the window without an event, the first to be replaced."""
    facts = ReplacementFacts(
        evaluability=Evaluability(Standing.NOT_EVALUABLE, "withdrew on 2026-03-12"),
        in_cohort=Cap(0, 2),
        in_study=Cap(0, 6),
        reason="Moved away",
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # names of its own fields


def test_g23_who_is_no_evidence_is_replaced() -> None:
    assert may_vacate(ok_replacement_facts()).allowed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"evaluability": None}, "RPL-SLOT"),
        ({"reason": ""}, "RPL-REASON"),
        ({"reason": " \n"}, "RPL-REASON"),
        ({"evaluability": Evaluability(Standing.EVALUABLE, "had a qualifying event")}, "RPL-EVALUABLE"),
        ({"evaluability": Evaluability(Standing.PENDING, "the window is open")}, "RPL-EVALUABLE"),
        ({"in_cohort": Cap(2, 2)}, "RPL-MOST"),
        ({"in_cohort": Cap(0, 0)}, "RPL-MOST"),
        ({"in_study": Cap(6, 6)}, "RPL-TOTAL"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_reason_by_itself(change: dict[str, object], code: str) -> None:
    assert may_vacate(ok_replacement_facts(**change)).codes == (code,)


@pytest.mark.parametrize("change", [{"in_cohort": Cap(1, 2)}, {"in_study": Cap(5, 6)}])
def test_the_last_one_under_a_cap_is_replaced(change: dict[str, object]) -> None:
    assert may_vacate(ok_replacement_facts(**change)).allowed


def test_all_reasons_are_told_at_once() -> None:
    facts = ok_replacement_facts(
        reason="",
        evaluability=Evaluability(Standing.EVALUABLE, "had a qualifying event"),
        in_cohort=Cap(2, 2),
        in_study=Cap(6, 6),
    )
    assert may_vacate(facts).codes == ("RPL-REASON", "RPL-EVALUABLE", "RPL-MOST", "RPL-TOTAL")


def test_g24_who_had_an_event_is_told_why_they_stay() -> None:
    facts = ok_replacement_facts(evaluability=Evaluability(Standing.EVALUABLE, "had a qualifying event"))
    assert "had a qualifying event" in may_vacate(facts).reasons[0].message
