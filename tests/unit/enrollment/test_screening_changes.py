"""When facts may change, a verdict be signed, a screening be closed."""

from decimal import Decimal

import pytest

from enrollment.rules.screening_changes import changed_keys, may_change_facts, may_fail, may_sign, pending
from enrollment.rules.states import SubjectState
from tests.unit.enrollment.screening_facts import judged

OPEN = (SubjectState.SCREENING, SubjectState.ELIGIBLE, SubjectState.ALLOCATED, SubjectState.ON_TREATMENT)
ENDED = tuple(state for state in SubjectState if state not in OPEN)
ELIGIBLE = judged()
INELIGIBLE = judged(got_u_l=Decimal("81"), hiv=None)
PENDING = judged(creatinine=None)


def test_a_new_value_is_no_change_and_a_missing_one_is():
    saved = {"sex": "F", "got_u_l": "31", "creatinine": {"value": "0.9", "unit": "mg/dL"}}
    assert changed_keys(saved=saved, entered=saved | {"hiv": "negative"}) == ()
    assert changed_keys(saved=saved, entered={"sex": "F", "got_u_l": "32"}) == ("creatinine", "got_u_l")
    assert changed_keys(saved=saved, entered=saved | {"creatinine": {"value": "0.9"}}) == ("creatinine",)
    assert changed_keys(saved={}, entered=saved) == ()


@pytest.mark.parametrize("state", OPEN)
def test_new_values_need_no_reason_and_changed_ones_do(state: SubjectState):
    assert may_change_facts(state, changed=(), reason="").allowed
    assert may_change_facts(state, changed=("sex",), reason="Typing error").allowed
    assert may_change_facts(state, changed=("sex",), reason=" \n").codes == ("SCR-REASON",)


@pytest.mark.parametrize("state", ENDED)
def test_a_closed_screening_is_kept_as_it_is(state: SubjectState):
    assert may_change_facts(state, changed=(), reason="").codes == ("SCR-CLOSED",)
    assert may_change_facts(state, changed=("sex",), reason="").codes == ("SCR-CLOSED", "SCR-REASON")
    assert may_sign(state, ELIGIBLE).codes == ("SCR-CLOSED",)


def test_the_reason_names_what_changes():
    (reason,) = may_change_facts(SubjectState.SCREENING, changed=("weight_kg", "sex"), reason="").reasons
    assert "sex, weight_kg" in reason.message


@pytest.mark.parametrize("state", OPEN)
def test_only_eligible_can_be_signed(state: SubjectState):
    assert may_sign(state, ELIGIBLE).allowed
    assert may_sign(state, PENDING).codes == ("ELG-PENDING",)
    assert "creatinine" in may_sign(state, PENDING).reasons[0].message
    assert "CREATININE" in pending(PENDING, name=str.upper).message
    assert "ELG-X4-GOT" in may_sign(state, INELIGIBLE).codes


def test_a_screening_fails_only_on_a_failing_criterion():
    assert may_fail(SubjectState.SCREENING, INELIGIBLE).allowed
    assert may_fail(SubjectState.ELIGIBLE, INELIGIBLE).allowed
    assert may_fail(SubjectState.SCREENING, PENDING).codes == ("SCR-NOT-FAILED",)
    assert may_fail(SubjectState.SCREENING, ELIGIBLE).codes == ("SCR-NOT-FAILED",)


@pytest.mark.parametrize("state", [s for s in SubjectState if s not in (SubjectState.SCREENING, SubjectState.ELIGIBLE)])
def test_whoever_has_a_slot_is_no_screening_failure(state: SubjectState):
    assert may_fail(state, INELIGIBLE).codes == ("SCR-CLOSED",)
