"""Accountability of the product: every unit that was received is somewhere, and the chain agrees with the stock.

Source: Taiwan GCP Art. 93; ICH E6(R3) 2.10 (accountability of the investigational product).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dosing.rules.custody import fate
from dosing.rules.states import CustodyStep, UnitState


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAccount:
    """``steps``: its chain, in order. ``state``: what its row says."""

    label: str
    state: UnitState
    steps: Sequence[CustodyStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """``received`` from the chain, the rest from the stock. ``disputed``: units of which the two tell otherwise."""

    received: int
    by_state: Mapping[UnitState, int]
    disputed: tuple[str, ...]

    @property
    def accounted(self) -> int:
        return sum(self.by_state.values())

    @property
    def difference(self) -> int:
        """Units received and not accounted for; negative: accounted for and never received."""
        return self.received - self.accounted

    @property
    def balances(self) -> bool:
        return self.difference == 0 and not self.disputed

    def __add__(self, other: Balance) -> Balance:
        by_state = {state: self.by_state.get(state, 0) + other.by_state.get(state, 0) for state in UnitState}
        return Balance(
            received=self.received + other.received, by_state=by_state, disputed=self.disputed + other.disputed
        )


EMPTY = Balance(received=0, by_state=dict.fromkeys(UnitState, 0), disputed=())


def balance(units: Iterable[UnitAccount]) -> Balance:
    """received = in stock + assigned + issued + infused + returned + quarantined + destroyed, in units."""
    counted: Counter[UnitState] = Counter()
    received = 0
    disputed: list[str] = []
    for unit in units:
        counted[unit.state] += 1
        received += CustodyStep.RECEIVED in unit.steps
        if fate(unit.steps) is not unit.state:
            disputed.append(unit.label)
    return Balance(received=received, by_state={state: counted[state] for state in UnitState}, disputed=tuple(disputed))
