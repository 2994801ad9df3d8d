"""Two people saved screening facts at once: what can be joined, and what a person must decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Merge:
    """``document``: the entry with what the other person changed elsewhere. ``taken``: keys that came from the other.

    ``conflicts``: keys that both changed to different values; ``document`` keeps the entry's own.
    """

    document: Mapping[str, Any]
    taken: tuple[str, ...]
    conflicts: tuple[str, ...]


def merge_facts(*, seen: Mapping[str, Any], saved: Mapping[str, Any], entered: Mapping[str, Any]) -> Merge:
    """Join an entry with what was saved meanwhile. ``seen``: the facts before both.

    Whoever left a value as it was takes over the other's; nobody's change is lost without being shown.
    """
    document = dict(entered)
    taken, conflicts = [], []
    for key in sorted({*seen, *saved, *entered}):
        before, theirs, mine = seen.get(key), saved.get(key), entered.get(key)
        if theirs in (mine, before):
            continue
        if mine == before:
            taken.append(key)
            document[key] = theirs
        else:
            conflicts.append(key)
    return Merge({k: v for k, v in document.items() if v is not None}, tuple(taken), tuple(conflicts))
