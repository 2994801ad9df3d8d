"""One way to name a value of a definition: dotted paths, where a member of a list is named by its code or number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_NAMING_KEYS = ("code", "number", "path")

# A definition as plain JSON. Decimals and dates are text in it, so that every comparison is exact.
Plain = dict[str, "Plain"] | list["Plain"] | str | int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the container that holds it and the key or index under which it does."""

    owner: dict[str, Plain] | list[Plain]
    key: str | int

    def read(self) -> Plain:
        return self.owner[self.key]  # type: ignore[index]  # key and owner belong together by construction

    def write(self, value: Plain) -> None:
        self.owner[self.key] = value  # type: ignore[index]  # as above


def steps(value: Plain) -> list[tuple[str, str | int, Plain]]:
    """The members of a container as (step in a path, key or index, member). A list of bare values has none."""
    if isinstance(value, dict):
        return [(key, key, member) for key, member in value.items()]
    if isinstance(value, list) and any(isinstance(member, dict) for member in value):
        return [(_step(member, index), index, member) for index, member in enumerate(value)]
    return []


def _step(member: Plain, index: int) -> str:
    if isinstance(member, dict):
        for name in _NAMING_KEYS:
            if isinstance(member.get(name), str | int):
                return str(member[name])
    return str(index)


def leaves(value: Plain, path: str = "") -> Iterator[tuple[str, Plain]]:
    """Every value that has no members, with its path. Lists of bare values and empty containers are one leaf."""
    members = steps(value)
    if not members:
        yield path, value
    for step, _key, member in members:
        yield from leaves(member, f"{path}.{step}" if path else step)


def find(value: dict[str, Plain], path: str) -> Place | None:
    """The place that ``path`` names, or None. Steps are matched from the left; no step holds a dot."""
    place: Place | None = None
    current: Plain = value
    for wanted in path.split("."):
        key = next((key for step, key, _ in steps(current) if step == wanted), None)
        if key is None or not isinstance(current, dict | list):
            return None
        place = Place(current, key)
        current = place.read()
    return place


def named(value: Plain, location: tuple[str | int, ...]) -> str:
    """A validator's location (with list indexes) as a path (with codes), as far as ``value`` knows them."""
    words: list[str] = []
    current = value
    for part in location:
        match = next(((step, member) for step, key, member in steps(current) if key == part), None)
        words.append(match[0] if match else str(part))
        current = match[1] if match else None
    return ".".join(words)
