"""What every part of a protocol definition is made of: values that cannot change, and bounded numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(Mapping[K, V]):
    """A mapping that nobody can change: one definition is shared by every request of a process."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[K, V]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: K) -> V:
        return self._values[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"FrozenMapping({self._values!r})"


# Read as a plain mapping, kept as a FrozenMapping, written as a plain dict.
ReadOnly = Annotated[Mapping[K, V], AfterValidator(FrozenMapping), PlainSerializer(dict)]

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Grade = Annotated[int, Field(ge=1, le=5)]
Amount = Annotated[Decimal, Field(gt=0)]
Percent = Annotated[Decimal, Field(gt=0, le=100)]
Fraction = Annotated[Decimal, Field(gt=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
# A code is one step of a dotted path, so it holds no dot and no space.
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
