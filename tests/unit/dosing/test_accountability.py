"""The balance of units: whatever is done with them in the order of the chain, it adds up. Source: GCP Art. 93."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dosing.rules.accountability import EMPTY, UnitAccount, balance
from dosing.rules.custody import Link, fate, may_follow
from dosing.rules.states import CustodyStep, UnitState
from tests.builders.guard import AT


def account(*steps: CustodyStep, state: UnitState | None = None) -> UnitAccount:
    return UnitAccount(label="L/1", state=state or fate(steps) or UnitState.IN_STOCK, steps=steps)


@st.composite
def walks(draw: st.DrawFn) -> UnitAccount:
    """A unit after handlings drawn at random, of which those out of order were refused."""
    chain = [Link(step=CustodyStep.RECEIVED, happened_at=AT)]
    for step in draw(st.lists(st.sampled_from(CustodyStep), max_size=40)):
        if may_follow(chain, step, happened_at=AT, at=AT).allowed:
            chain.append(Link(step=step, happened_at=AT))
    return account(*(link.step for link in chain))


@given(st.lists(walks(), max_size=12))
def test_received_is_always_the_sum_of_what_became_of_the_units(units):
    found = balance(units)
    assert found.received == sum(found.by_state.values()) == len(units)
    assert (found.difference, found.disputed, found.balances) == (0, (), True)


@given(st.lists(walks(), max_size=8), st.lists(walks(), max_size=8))
def test_the_total_is_the_sum_of_the_lots(one, other):
    assert balance(one) + balance(other) == balance([*one, *other])
    assert balance(one) + EMPTY == balance(one)


def test_a_unit_that_was_never_received_does_not_balance():
    assert balance([account(CustodyStep.ASSIGNED, state=UnitState.ASSIGNED)]).difference == -1


def test_a_unit_of_which_chain_and_stock_disagree_is_named():
    found = balance([account(CustodyStep.RECEIVED, state=UnitState.DESTROYED)])
    assert (found.difference, found.disputed, found.balances) == (0, ("L/1",), False)
