"""One fact of screening as a form asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enrollment.forms.screening_choices import Choices, Text


class Kind(StrEnum):
    """Which control asks for it. DRUG is chosen from the steroids of the protocol, DRUG_NAME typed with suggestions."""

    DAY = "day"
    PARTIAL = "partial"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    DRUG = "drug"
    DRUG_NAME = "drug_name"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Fact:
    """``key`` is that of the document; ``creatinine.value`` is a key inside another, ``ctd[0].attested`` in a list."""

    key: str
    label: Text
    kind: Kind
    unit: Text = ""
    help: Text = ""
    choices: Choices = ()


@dataclass(frozen=True, slots=True)
class FactGroup:
    """``rows``: the key of a list whose members are asked for as rows. ``instead``: what is typed only without them."""

    code: str
    legend: Text
    facts: tuple[Fact, ...] = ()
    rows: str = ""
    instead: tuple[Fact, ...] = ()


def field_name(key: str) -> str:
    """``creatinine.value`` and ``ctd[0].attested`` as names of form fields."""
    return key.replace("[", "__").replace("]", "").replace(".", "__")
