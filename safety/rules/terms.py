"""Finding a term of the dictionary from what somebody types, forgiving a slip of the fingers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

_WORD = re.compile(r"[a-z0-9]+")
# Two of three letters right is a slip; fewer is another word.
_SIMILAR = 0.65


@dataclass(frozen=True, slots=True)
class CtcaeTerm:
    """A term with its system organ class and the grades that CTCAE defines for it."""

    name: str
    organ_class: str
    grades: frozenset[int]


def search_terms(typed: str, *, terms: Sequence[CtcaeTerm], limit: int) -> tuple[CtcaeTerm, ...]:
    """The best matches first: the whole term, its beginning, that of one of its words, inside it, similar ones last.

    Of similar ones those come first that share the longest beginning, then the shorter ones: "feb" finds Fever.
    """
    wanted = typed.strip().casefold()
    if not wanted:
        return ()
    ranked = [(rank, term) for term in terms if (rank := _rank(wanted, term.name.casefold())) is not None]
    ranked.sort(key=lambda pair: (pair[0], len(pair[1].name), pair[1].name))
    return tuple(term for _, term in ranked[:limit])


def _rank(wanted: str, name: str) -> tuple[int, float] | None:
    words = _WORD.findall(name)
    if name == wanted:
        return (0, 0.0)
    if name.startswith(wanted):
        return (1, 0.0)
    if any(word.startswith(wanted) for word in words):
        return (2, 0.0)
    if wanted in name:
        return (3, 0.0)
    likeness = max((_likeness(wanted, word) for word in words), default=0.0)
    return (4, -likeness) if likeness >= _SIMILAR else None


def _likeness(wanted: str, word: str) -> float:
    """How alike the typed text and the beginning of a word are; a common beginning counts for more than its letters."""
    start = word if len(word) <= len(wanted) + 1 else word[: len(wanted)]
    ratio = SequenceMatcher(None, wanted, start, autojunk=False).ratio()
    if ratio < _SIMILAR:
        return 0.0
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(wanted, start, strict=False)))
    return ratio + common / len(wanted)
