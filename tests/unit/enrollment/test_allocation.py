"""May this subject take the next slot: every reason by itself, and all of them together."""

from dataclasses import replace

import pytest

from enrollment.rules.allocation import AllocationFacts, may_allocate
from enrollment.rules.states import SubjectState


def ok_allocation_facts(**changes: object) -> AllocationFacts:
    """An eligible, consented subject whose signature stands, and a free slot in an open cohort."""
    facts = AllocationFacts(
        state=SubjectState.ELIGIBLE,
        consented=True,
        signed_intact=True,
        next_slot="C1-2",
        next_cohort=1,
        next_cohort_open=True,
        filled=((1, 1, 3), (2, 0, 4), (3, 0, 3)),
        subjects_ever=1,
        subjects_cap=16,
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
        ({"subjects_ever": 16}, "ALC-CAP"),
        ({"subjects_ever": 17}, "ALC-CAP"),
    ],
)
def test_each_reason_by_itself(change: dict[str, object], code: str):
    assert may_allocate(ok_allocation_facts(**change)).codes == (code,)


def test_the_last_subject_under_the_cap_is_allowed():
    assert may_allocate(ok_allocation_facts(subjects_ever=15)).allowed


def test_all_reasons_are_told_at_once():
    decision = may_allocate(
        ok_allocation_facts(
            state=SubjectState.SCREENING,
            consented=False,
            signed_intact=None,
            next_cohort_open=False,
            subjects_ever=16,
        )
    )
    assert decision.codes == (
        "ALC-STATE",
        "ALC-CONSENT",
        "ALC-ELIGIBILITY-UNSIGNED",
        "ALC-COHORT-CLOSED",
        "ALC-CAP",
    )


def test_a_closed_cohort_is_named_with_its_slot_and_the_filling():
    (reason,) = may_allocate(
        ok_allocation_facts(next_slot="C2-1", next_cohort=2, next_cohort_open=False, filled=((1, 3, 3), (2, 0, 4)))
    ).reasons
    for part in ("C2-1", "cohort 2 is closed", "cohort 1: 3 of 3", "gate"):
        assert part in reason.message
