"""The chain of custody: which step may follow, who signs it, what it says of place and fate. Source: domain 6.2."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import accumulate

import pytest

from dosing.rules.custody import (
    MANUAL_STEPS,
    Link,
    fate,
    in_order,
    may_be_recorded_by_hand,
    may_follow,
    may_measure,
    may_witness,
    was_at,
)
from dosing.rules.states import TWO_PERSON_STEPS, CustodyStep, UnitState
from dosing.rules.temperatures import limit_of
from tests.builders.guard import AT, SECOND
from trial.protocol.loading import shipped_definition
from trial.rules.decision import Decision, Reason

S = CustodyStep
STORAGE = limit_of("STORAGE", shipped_definition().product.temperature_limits)
# The whole way of a bag, as domain 6.2 tells it.
WAY = (
    S.RECEIVED,
    S.STORED,
    S.ASSIGNED,
    S.RETRIEVED,
    S.THAW_STARTED,
    S.THAWED,
    S.PREPARED,
    S.COUNTED,
    S.QC_RELEASED,
    S.LABELLED,
    S.ISSUED,
    S.TRANSPORTED,
    S.AT_BEDSIDE,
    S.IDENTITY_CHECKED,
    S.STARTED,
    S.PAUSED,
    S.RESUMED,
    S.ENDED,
    S.RETURNED,
    S.DESTROYED,
    S.RECONCILED,
)


def chain(*steps: CustodyStep, place: str = "") -> list[Link]:
    """Links a minute apart, the last one at ``AT``."""
    first = AT - timedelta(minutes=len(steps) - 1)
    times = accumulate([timedelta(minutes=1)] * (len(steps) - 1), lambda at, step: at + step, initial=first)
    return [Link(step=step, happened_at=at, place=place) for step, at in zip(steps, times, strict=False)]


def codes(before: list[Link], step: CustodyStep, *, happened_at=AT, at=AT) -> tuple[str, ...]:
    return may_follow(before, step, happened_at=happened_at, at=at).codes


@pytest.mark.parametrize("count", range(len(WAY)))
def test_the_whole_way_of_a_bag_is_in_order(count):
    assert codes(chain(*WAY[:count]), WAY[count]) == ()


@pytest.mark.parametrize(
    ("before", "step", "expected"),
    [
        ((), S.STORED, "CST-MISSING"),
        ((S.RECEIVED,), S.THAWED, "CST-MISSING"),
        ((S.RECEIVED, S.ASSIGNED), S.QC_RELEASED, "CST-MISSING"),
        (WAY[:8], S.LABELLED, "CST-MISSING"),
        (WAY[:9], S.ISSUED, "CST-MISSING"),
        (WAY[:10], S.AT_BEDSIDE, "CST-MISSING"),
        (WAY[:13], S.STARTED, "CST-MISSING"),
        (WAY[:15], S.RESUMED, "CST-MISSING"),
        ((S.RECEIVED,), S.RECEIVED, "CST-TWICE"),
        ((S.RECEIVED, S.ASSIGNED), S.ASSIGNED, "CST-TWICE"),
        (WAY[:9], S.QC_RELEASED, "CST-TWICE"),
        (WAY[:6], S.RETRIEVED, "CST-ORDER"),
        (WAY[:6], S.STORED, "CST-ORDER"),
        (WAY[:6], S.UNASSIGNED, "CST-ORDER"),
        (WAY[:10], S.PREPARED, "CST-ORDER"),
        (WAY[:14], S.TRANSPORTED, "CST-ORDER"),
        ((S.RECEIVED, S.DESTROYED), S.ASSIGNED, "CST-ORDER"),
        ((S.RECEIVED,), S.RETURNED_TO_USE, "CST-MISSING"),
    ],
)
def test_a_step_out_of_order_is_refused(before, step, expected):
    assert expected in codes(chain(*before), step)


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ((S.RECEIVED, S.STORED), S.MOVED),
        ((S.RECEIVED, S.STORED, S.MOVED), S.STORED),
        ((S.RECEIVED, S.STORED), S.ASSIGNED),
        ((S.RECEIVED, S.ASSIGNED, S.RETRIEVED), S.STORED),
        ((S.RECEIVED, S.ASSIGNED, S.RETRIEVED, S.STORED), S.RETRIEVED),
        (WAY[:8], S.PREPARED),
        (WAY[:12], S.TRANSPORTED),
        (WAY[:14], S.IDENTITY_CHECKED),
        ((*WAY[:17],), S.PAUSED),
        ((S.RECEIVED, S.ASSIGNED, S.UNASSIGNED), S.ASSIGNED),
        ((S.RECEIVED, S.ASSIGNED, S.RETRIEVED, S.UNASSIGNED), S.STORED),
    ],
)
def test_what_happens_more_than_once_may(before, step):
    assert codes(chain(*before), step) == ()


@pytest.mark.parametrize("step", [S.ASSIGNED, S.RETRIEVED, S.QC_RELEASED, S.ISSUED, S.TRANSPORTED, S.STARTED])
def test_a_unit_that_is_set_aside_only_waits(step):
    assert "CST-QUARANTINE" in codes(chain(*WAY[: WAY.index(step)], S.QUARANTINED), step)
    assert codes(chain(*WAY[: WAY.index(step)], S.QUARANTINED, S.RETURNED_TO_USE), step) == ()


def test_a_unit_that_is_set_aside_is_moved_destroyed_or_returned():
    aside = chain(S.RECEIVED, S.STORED, S.QUARANTINED)
    assert [codes(aside, step) for step in (S.MOVED, S.DESTROYED, S.RETURNED_TO_USE)] == [(), (), ()]


@pytest.mark.parametrize(
    ("happened_at", "expected"),
    [(AT, ()), (AT + SECOND, ("CST-FUTURE",)), (AT - SECOND, ("CST-TIME",))],
    ids=["at-the-step-before", "future", "before-the-step-before"],
)
def test_times_go_forward_and_not_into_the_future(happened_at, expected):
    assert codes([Link(step=S.RECEIVED, happened_at=AT)], S.STORED, happened_at=happened_at) == expected


def test_a_wrong_state_says_it_all_and_otherwise_the_order_is_added():
    wrong = Decision((Reason("UNT-STATE", "The unit is issued.", "x"),))
    other = Decision((Reason("UNT-USE-BY", "Too late.", "x"),))
    assert in_order(wrong, [], S.LABELLED, at=AT).codes == ("UNT-STATE",)
    assert in_order(other, [], S.LABELLED, at=AT).codes == ("UNT-USE-BY", "CST-MISSING")


def test_now_is_never_before_the_link_before():
    assert in_order(Decision(), [Link(step=S.RECEIVED, happened_at=AT + SECOND)], S.ASSIGNED, at=AT).codes == ()


@pytest.mark.parametrize("step", list(CustodyStep))
def test_steps_of_two_people_take_two(step):
    two = step in TWO_PERSON_STEPS
    assert may_witness(step=step, first="a", second="b").codes == ()
    assert may_witness(step=step, first="a", second="a").codes == (("CST-SAME-PERSON",) if two else ())
    assert may_witness(step=step, first="a", second=None).codes == (("CST-SECOND",) if two else ())


@pytest.mark.parametrize("step", list(CustodyStep))
def test_only_what_no_act_tells_is_recorded_by_hand(step):
    assert may_be_recorded_by_hand(step).codes == (() if step in MANUAL_STEPS else ("CST-ACT",))


@pytest.mark.parametrize(
    ("step", "place", "celsius", "limit", "expected"),
    [
        (S.STORED, "Tank 1", "-150", STORAGE, ()),
        (S.STORED, " ", "-150", STORAGE, ("CST-PLACE",)),
        (S.STORED, "Tank 1", None, STORAGE, ("CST-TEMPERATURE",)),
        (S.MOVED, "Tank 1", "-150", None, ("CST-LIMIT",)),
        (S.TRANSPORTED, "", None, None, ()),
        (S.TRANSPORTED, "", "5", None, ("CST-LIMIT",)),
        (S.THAW_STARTED, "", "37", None, ()),
    ],
)
def test_storage_has_a_place_and_a_temperature_against_limits(step, place, celsius, limit, expected):
    value = None if celsius is None else Decimal(celsius)
    assert may_measure(step, place=place, temperature_celsius=value, limit=limit).codes == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), None),
        ((S.RECEIVED, S.STORED), UnitState.IN_STOCK),
        (WAY[:6], UnitState.ASSIGNED),
        ((S.RECEIVED, S.ASSIGNED, S.UNASSIGNED), UnitState.IN_STOCK),
        (WAY[:13], UnitState.ISSUED),
        (WAY[:16], UnitState.INFUSED),
        (WAY, UnitState.INFUSED),
        ((*WAY[:11], S.RETURNED), UnitState.RETURNED),
        ((S.RECEIVED, S.QUARANTINED), UnitState.QUARANTINED),
        ((*WAY[:5], S.QUARANTINED, S.RETURNED_TO_USE), UnitState.ASSIGNED),
        ((*WAY[:5], S.QUARANTINED, S.DESTROYED), UnitState.DESTROYED),
    ],
)
def test_the_chain_says_what_became_of_a_unit(steps, expected):
    assert fate(steps) is expected


HOUR = timedelta(hours=1)
STAY = [
    Link(step=S.STORED, happened_at=AT, place="Tank 1"),
    Link(step=S.THAW_STARTED, happened_at=AT + HOUR, place="Bench"),
    Link(step=S.MOVED, happened_at=AT + 2 * HOUR, place="Tank 2"),
]


@pytest.mark.parametrize(
    ("place", "since", "until", "expected"),
    [
        ("Tank 1", AT - HOUR, AT, True),
        ("Tank 1", AT - HOUR, AT - SECOND, False),
        ("Tank 1", AT + 2 * HOUR, AT + 3 * HOUR, True),
        ("Tank 1", AT + 2 * HOUR + SECOND, None, False),
        ("Tank 1", AT - HOUR, None, True),
        ("Tank 2", AT + 9 * HOUR, None, True),
        ("Tank 2", AT, AT + HOUR, False),
        ("Bench", AT, None, False),
    ],
)
def test_a_unit_was_where_its_chain_last_put_it(place, since, until, expected):
    assert was_at(STAY, place, since=since, until=until) is expected


def test_a_unit_that_was_taken_out_stands_there_no_more():
    taken = [STAY[0], Link(step=S.RETRIEVED, happened_at=AT + HOUR)]
    assert was_at(taken, "Tank 1", since=AT + HOUR, until=None)
    assert not was_at(taken, "Tank 1", since=AT + HOUR + SECOND, until=None)
