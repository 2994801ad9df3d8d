"""Whether a text that is kept readable repeats something of a sealed identity."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from enrollment.rules.identity_document import Identity

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_NUMBER, _SHORTEST_NAME, _SHORTEST_SIGNS = 6, 3, 2
_ROC_BEGAN = 1911


def repeats(text: str, identity: Identity) -> bool:
    """A name, a number, an address or the date of birth, however it is spaced, hyphenated or written in wide signs.

    A name counts when the whole of it is there, in whatever order of its words; a number of at least six signs when it
    is there without a break, so that "room 12" is no telephone number.
    """
    return any(_is_within(value, text) for value in _values(identity))


def written_dates(on: date) -> tuple[str, ...]:
    """The usual ways to write a day, in the years of both calendars that are used in Taiwan."""
    roc = on.year - _ROC_BEGAN
    orders = [
        f"{year}{between}{month}{between}{day}"
        for year in (on.year, roc)
        for month, day in ((f"{on.month:02d}", f"{on.day:02d}"), (str(on.month), str(on.day)))
        for between in ("-", "/", ".", "")
    ]
    turned = [
        f"{day}{between}{month}{between}{on.year}"
        for month, day in ((f"{on.month:02d}", f"{on.day:02d}"), (str(on.month), str(on.day)))
        for between in ("-", "/", ".", "")
    ]
    words = [f"{on.year}年{on.month}月{on.day}日", f"{roc}年{on.month}月{on.day}日"]
    named = [on.strftime("%d %B %Y"), on.strftime("%d %b %Y"), on.strftime("%B %d, %Y")]
    return (*orders, *turned, *words, *named, *(each.lstrip("0") for each in named))


def _values(identity: Identity) -> Iterator[str]:
    for name, value in identity.as_texts().items():
        if name not in ("number_kind", "born_on") and value:
            yield value
    yield from written_dates(identity.born_on)


def _is_within(value: str, text: str) -> bool:
    words, said = _words(value), _words(text)
    joined, whole = "".join(words), "".join(said)
    if joined.isascii() and joined.isalpha():
        return len(joined) >= _SHORTEST_NAME and (set(words) <= set(said) or joined in said)
    return len(joined) >= _shortest(joined) and (joined in whole or set(words) <= set(said))


def _shortest(joined: str) -> int:
    """Two Chinese signs are a name; two digits or letters are nothing."""
    return _SHORTEST_NUMBER if joined.isascii() else _SHORTEST_SIGNS


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
