"""May this subject take the next slot: every reason by itself, and all of them together."""

from dataclasses import replace

import pytest

from enrollment.rules.allocation import AllocationFacts, Cap, may_allocate, most_in_cohort, most_replacements
from enrollment.rules.states import SubjectState
from trial.protocol.loading import shipped_definition


def ok_allocation_facts(**changes: object) -> AllocationFacts:
    """An eligible, consented subject whose signature stands, and a free slot in an open cohort."""
    facts = AllocationFacts(
        state=SubjectState.ELIGIBLE,
        consented=True,
        signed_intact=True,
        next_slot="C1-2",
        next_number=2,
        next_cohort=1,
        next_cohort_open=True,
        is_replacement=False,
        filled=((1, 1, 3), (2, 0, 4), (3, 0, 3)),
        subjects=Cap(1, 16),
        in_cohort=Cap(1, 5),
        cohort_replacements=Cap(0, 2),
        replacements=Cap(0, 6),
        ahead=(),
    )
    return replace(facts, **changes)


def test_nothing_stands_against_it():
    assert may_allocate(ok_allocation_facts()).allowed


@pytest.mark.parametrize("state", [state for state in SubjectState if state is not SubjectState.ELIGIBLE])
def test_only_an_eligible_subject(state: SubjectState):
    assert may_allocate(ok_allocation_facts(state=state)).codes == ("ALC-STATE",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"consented": False}, "ALC-CONSENT"),
        ({"signed_intact": None}, "ALC-ELIGIBILITY-UNSIGNED"),
        ({"signed_intact": False}, "ALC-ELIGIBILITY-BROKEN"),
        ({"next_slot": None, "next_cohort": None, "next_cohort_open": False}, "ALC-NO-SLOT"),
        ({"next_cohort_open": False}, "ALC-COHORT-CLOSED"),
        ({"subjects": Cap(16, 16)}, "ALC-CAP"),
        ({"subjects": Cap(17, 16)}, "ALC-CAP"),
        ({"in_cohort": Cap(5, 5)}, "ALC-COHORT-CAP"),
        ({"in_cohort": Cap(6, 5)}, "ALC-COHORT-CAP"),
        ({"is_replacement": True, "cohort_replacements": Cap(2, 2)}, "ALC-REPLACEMENTS"),
        ({"is_replacement": True, "cohort_replacements": Cap(0, 0)}, "ALC-REPLACEMENTS"),
        ({"is_replacement": True, "replacements": Cap(6, 6)}, "ALC-REPLACEMENTS-TOTAL"),
        ({"ahead": ("CMUH-003",)}, "ALC-ORDER"),
        ({"ahead": ("CMUH-003",), "order_reason": " "}, "ALC-ORDER"),
    ],
)
def test_each_reason_by_itself(change: dict[str, object], code: str):
    assert may_allocate(ok_allocation_facts(**change)).codes == (code,)


@pytest.mark.parametrize(
    "change",
    [
        {"subjects": Cap(15, 16)},
        {"in_cohort": Cap(4, 5)},
        {"is_replacement": True, "cohort_replacements": Cap(1, 2)},
        {"is_replacement": True, "replacements": Cap(5, 6)},
        {"ahead": ("CMUH-003",), "order_reason": "Away until May."},
        {"order_reason": "Nobody waits longer."},
    ],
)
def test_the_last_one_under_a_cap_is_allowed(change: dict[str, object]):
    assert may_allocate(ok_allocation_facts(**change)).allowed


@pytest.mark.parametrize("caps", [{"cohort_replacements": Cap(2, 2)}, {"replacements": Cap(6, 6)}])
def test_the_caps_on_replacements_bind_replacements_alone(caps: dict[str, object]):
    assert may_allocate(ok_allocation_facts(**caps)).allowed


def test_pc_02_what_the_registered_numbers_leave_for_replacements():
    definition = shipped_definition()
    assert [most_in_cohort(plan, definition) for plan in definition.cohorts] == [5, 6, 5]
    assert most_replacements(definition) == 6


def test_all_reasons_are_told_at_once():
    decision = may_allocate(
        ok_allocation_facts(
            state=SubjectState.SCREENING,
            consented=False,
            signed_intact=None,
            next_cohort_open=False,
            is_replacement=True,
            subjects=Cap(16, 16),
            in_cohort=Cap(5, 5),
            cohort_replacements=Cap(2, 2),
            replacements=Cap(6, 6),
            ahead=("CMUH-003", "CMUH-005"),
        )
    )
    assert decision.codes == (
        "ALC-STATE",
        "ALC-CONSENT",
        "ALC-ELIGIBILITY-UNSIGNED",
        "ALC-COHORT-CLOSED",
        "ALC-CAP",
        "ALC-COHORT-CAP",
        "ALC-REPLACEMENTS",
        "ALC-REPLACEMENTS-TOTAL",
        "ALC-ORDER",
    )


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(("A-1",), "1 eligible subject waits longer"), (("A-1", "A-2"), "2 eligible subjects wait longer")],
)
def test_those_who_wait_longer_are_counted_and_not_named(ahead: tuple[str, ...], words: str):
    """They may be of a site that the reader does not see."""
    (reason,) = may_allocate(ok_allocation_facts(ahead=ahead)).reasons
    assert words in reason.message
    assert "A-1" not in reason.message


def test_a_closed_cohort_is_named_with_its_slot_and_the_filling():
    (reason,) = may_allocate(
        ok_allocation_facts(next_slot="C2-1", next_cohort=2, next_cohort_open=False, filled=((1, 3, 3), (2, 0, 4)))
    ).reasons
    for part in ("C2-1", "cohort 2 is closed", "cohort 1: 3 of 3", "gate"):
        assert part in reason.message
