"""Long lists page by page, as fast among a hundred thousand rows as among a hundred.

Nothing is counted and no row is skipped over: a page begins behind the last row of the page before, which the index
finds at once, and one row more than it shows tells whether another page follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Place:
    """A page begins behind the row with this key, or (``backwards``) ends before it. Empty: the first page."""

    key: str = ""
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """``before`` and ``after`` are the keys from which the neighbouring pages are asked for; empty: there is none."""

    rows: tuple[Row, ...]
    before: str
    after: str


def keyset_page(
    rows: QuerySet[Row], *, columns: tuple[str, ...], key: str, place: Place, size: int = PAGE_SIZE
) -> Page[Row]:
    """One page of these rows. A place that nobody can see is the start. One query, two behind the first page.

    ``columns``: one that orders all rows, or two of which the second does; both run the same way, as their index does.
    ``key``: the field by which a row is named in an address.
    """
    anchor = rows.filter(**{key: place.key}).first() if place.key else None
    if anchor is None:
        found = tuple(rows.order_by(*columns)[: size + 1])
        return _page(found[:size], key, has_before=False, has_after=len(found) > size)
    if place.backwards:
        columns = tuple(_turned(column) for column in columns)
    found = tuple(rows.filter(_behind(anchor, columns)).order_by(*columns)[: size + 1])
    shown, more = found[:size], len(found) > size
    if place.backwards:
        return _page(shown[::-1], key, has_before=more, has_after=True)
    return _page(shown, key, has_before=True, has_after=more)


def _page(shown: tuple[Row, ...], key: str, *, has_before: bool, has_after: bool) -> Page[Row]:
    return Page(
        rows=shown,
        before=str(getattr(shown[0], key)) if has_before and shown else "",
        after=str(getattr(shown[-1], key)) if has_after and shown else "",
    )


def _turned(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def _behind(anchor: Model, columns: tuple[str, ...]) -> Q:
    """Rows that follow the anchor in this order. The first comparison bounds the walk along the index."""
    way = "lt" if columns[0].startswith("-") else "gt"
    first, last = (column.removeprefix("-") for column in (columns[0], columns[-1]))
    behind: dict[str, Any] = {f"{last}__{way}": getattr(anchor, last)}
    if first == last:
        return Q(**behind)
    value = getattr(anchor, first)
    return Q(**{f"{first}__{way}e": value}) & (Q(**{f"{first}__{way}": value}) | Q(**behind))
