"""How a lower app tells upper apps that something happened, without knowing them.

A lower app publishes; ``config/reactions.py`` is the one table that says who reacts, in order, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Reaction = Callable[[Any], None]

_reactions: dict[type, tuple[Reaction, ...]] = {}


def connect(table: Mapping[type, Sequence[Reaction]]) -> None:
    """Called once, by the composition root."""
    _reactions.clear()
    _reactions.update({event: tuple(reactions) for event, reactions in table.items()})


def publish(event: object) -> None:
    """Run the reactions to this event now, in the caller's transaction: all of it happens, or none of it."""
    for reaction in _reactions.get(type(event), ()):
        reaction(event)
