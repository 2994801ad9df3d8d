"""Kleene's strong three-valued logic: ``None`` is "not known", and stays so unless the other operands settle it."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def all_of(values: Iterable[Truth]) -> Truth:
    known = list(values)
    if any(value is False for value in known):
        return False
    return None if any(value is None for value in known) else True


def any_of(values: Iterable[Truth]) -> Truth:
    known = list(values)
    if any(value is True for value in known):
        return True
    return None if any(value is None for value in known) else False
