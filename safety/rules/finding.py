"""Three answers to "does this event count?", with the sentence that explains the answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    COUNTS = "counts"
    DOES_NOT_COUNT = "does_not_count"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Finding:
    weight: Weight
    why: str


def counts(why: str) -> Finding:
    return Finding(Weight.COUNTS, why)


def does_not_count(why: str) -> Finding:
    return Finding(Weight.DOES_NOT_COUNT, why)


def undetermined(why: str) -> Finding:
    return Finding(Weight.UNDETERMINED, why)
