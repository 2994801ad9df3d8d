"""The course of an infusion: pauses, the end, what comes after it, and how long it truly ran."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from dosing.rules.clearing import waiting_state
from dosing.rules.course import (
    in_order,
    is_departure,
    may_discharge,
    may_end,
    may_end_observation,
    may_pause,
    may_resume,
    may_start_after_waiting,
    observed_long_enough,
)
from dosing.rules.running_time import Pause, running_time
from dosing.rules.states import INFUSION_TRANSITIONS, InfusionState, NotGivenBecause, PauseReason
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("happened", "after", "expected"),
    [
        (AT, None, ()),
        (AT, AT, ()),
        (AT - SECOND, AT, ("DOS-ORDER",)),
        (AT + SECOND, None, ("DOS-FUTURE",)),
    ],
)
def test_in_order(happened, after, expected):
    assert in_order(happened_at=happened, after=after, at=AT).codes == expected


@pytest.mark.parametrize(("waited", "expected"), [(5 * MINUTE, ()), (5 * MINUTE + SECOND, ("DOS-START-WAITED",))])
def test_a_start_waits_for_the_connection_as_long_as_a_start_at_the_bedside_may_differ(waited, expected):
    assert may_start_after_waiting(waited=waited, regimen=DEFINITION.regimen).codes == expected


@pytest.mark.parametrize("reason", list(PauseReason))
def test_only_the_other_reason_asks_for_words(reason):
    assert may_pause(reason=reason, note="Because").allowed
    assert may_pause(reason=reason, note=" ").allowed == (reason is not PauseReason.OTHER)


@pytest.mark.parametrize(("unanswered", "expected"), [(0, ()), (1, ("DOS-ALERT-OPEN",))])
def test_nobody_goes_on_past_an_alert(unanswered, expected):
    assert may_resume(state=InfusionState.PAUSED, unanswered=unanswered).codes == expected


@pytest.mark.parametrize("state", list(InfusionState))
def test_only_what_is_paused_is_resumed(state):
    expected = () if state is InfusionState.PAUSED else ("DOS-STATE",)
    assert may_resume(state=state, unanswered=0).codes == expected


@pytest.mark.parametrize(
    ("infused", "residual", "allowed"),
    [
        ("7.5", None, True),
        ("7.51", None, False),
        ("0", None, True),
        ("-0.01", None, False),
        ("6.9", "0.6", True),
        ("6.9", "0.61", False),
    ],
)
def test_what_ran_in_and_what_is_left_come_out_of_one_unit(infused, residual, allowed):
    left = Decimal(residual) if residual else None
    decision = may_end(unit_volume_ml=Decimal("7.50"), infused_ml=Decimal(infused), residual_ml=left)
    assert decision.codes == (() if allowed else ("DOS-VOLUME",))


@pytest.mark.parametrize("because", list(NotGivenBecause))
def test_g28_an_infusion_withheld_for_safety_is_no_departure(because):
    assert is_departure(because) == (because not in (NotGivenBecause.ADVERSE_EVENT, NotGivenBecause.HOLD))


@pytest.mark.parametrize(
    ("ended", "until", "already", "unanswered", "expected"),
    [
        (AT, AT, False, 0, ()),
        (None, AT, False, 0, ("DOS-STATE",)),
        (AT, AT - SECOND, False, 0, ("DOS-ORDER",)),
        (AT, AT, True, 0, ("DOS-STARTED",)),
        (AT, AT, False, 2, ("DOS-ALERT-OPEN",)),
    ],
)
def test_the_end_of_the_observation(ended, until, already, unanswered, expected):
    decision = may_end_observation(ended_at=ended, observed_until=until, already=already, unanswered=unanswered, at=AT)
    assert decision.codes == expected


@pytest.mark.parametrize(
    ("observed", "left", "already", "expected"),
    [
        (AT, AT, False, ()),
        (None, AT, False, ("DOS-OBSERVED",)),
        (AT, AT - SECOND, False, ("DOS-ORDER",)),
        (AT, AT, True, ("DOS-STARTED",)),
    ],
)
def test_the_discharge(observed, left, already, expected):
    decision = may_discharge(observation_ended_at=observed, discharged_at=left, already=already, at=AT)
    assert decision.codes == expected


@pytest.mark.parametrize(("minutes", "enough"), [(360, True), (359, False)])
def test_the_observation_lasts_as_long_as_the_series_from_the_end(minutes, enough):
    assert observed_long_enough(ended_at=AT, observed_until=AT + minutes * MINUTE, plan=DEFINITION.monitoring) is enough


@pytest.mark.parametrize(
    ("ended", "pauses", "running", "paused"),
    [
        (None, [], 40, 0),
        (30, [], 30, 0),
        (None, [(10, 15)], 35, 5),
        (None, [(10, 15), (20, 22)], 33, 7),
        # Still paused: the clock stands.
        (None, [(10, None)], 10, 30),
        # Ended while paused: the pause ended with it.
        (30, [(10, None)], 10, 20),
    ],
)
def test_the_clock_leaves_the_pauses_out(ended, pauses, running, paused):
    found = running_time(
        started_at=AT,
        ended_at=AT + ended * MINUTE if ended else None,
        pauses=[Pause(AT + a * MINUTE, AT + b * MINUTE if b else None) for a, b in pauses],
        at=AT + 40 * MINUTE,
    )
    assert (found.running, found.paused) == (running * MINUTE, paused * MINUTE)


@pytest.mark.parametrize(
    ("issued", "reasons", "expected"),
    [
        (False, ["DOS-WEIGHT"], InfusionState.PLANNED),
        (False, ["DOS-CONSENT", "DOS-PRODUCT-MISSING"], InfusionState.PLANNED),
        (False, ["DOS-PRODUCT-MISSING", "DOS-PERFORMER", "DOS-VERIFIER"], InfusionState.CLEARED),
        (False, [], InfusionState.CLEARED),
        (True, ["DOS-WEIGHT"], InfusionState.PRODUCT_ISSUED),
    ],
)
def test_the_waiting_states(issued, reasons, expected):
    assert waiting_state(issued=issued, reasons=reasons) is expected


def test_every_waiting_state_leads_to_every_other_and_no_end_leads_anywhere():
    waiting = {InfusionState.PLANNED, InfusionState.CLEARED, InfusionState.PRODUCT_ISSUED}
    for state in waiting:
        assert INFUSION_TRANSITIONS[state] >= (waiting - {state}) | {InfusionState.RUNNING, InfusionState.NOT_GIVEN}
    for state in (InfusionState.COMPLETED, InfusionState.STOPPED_EARLY, InfusionState.NOT_GIVEN):
        assert not INFUSION_TRANSITIONS[state]
