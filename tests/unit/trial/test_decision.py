"""Decision and Reason: every refusal carries its reasons."""

import pytest

from trial.errors import RuleViolation, require
from trial.rules.decision import ALLOWED, Decision, Reason

HOLD = Reason("DOS-HOLD", "Dosing is held.", "Protocol 7.4")
SLOT = Reason("DOS-SLOT", "No slot.", "Protocol 5")


def test_no_reason_means_allowed():
    assert ALLOWED.allowed
    assert Decision.of([None, None]).allowed


def test_every_reason_is_collected_in_order():
    decision = Decision.of([HOLD, None, SLOT])
    assert not decision.allowed
    assert decision.codes == ("DOS-HOLD", "DOS-SLOT")
    assert (decision + ALLOWED).reasons == (HOLD, SLOT)


@pytest.mark.parametrize("field", ["code", "message", "source"])
def test_a_reason_is_never_without_its_parts(field):
    parts = {"code": "X", "message": "Because.", "source": "Protocol"} | {field: ""}
    with pytest.raises(ValueError):
        Reason(**parts)


def test_require_raises_with_all_reasons():
    with pytest.raises(RuleViolation) as refusal:
        require(Decision((HOLD, SLOT)))
    assert refusal.value.reasons == (HOLD, SLOT)
