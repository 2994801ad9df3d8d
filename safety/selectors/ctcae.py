"""The dictionary that ships with the product: term names of CTCAE v5.0 and the grades defined for each.

Descriptions are not shipped; they come from the workbook that the user loads. Source: decisions on the dictionary.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from safety.rules.terms import CtcaeTerm, search_terms

VERSION = "CTCAE v5.0"
_FILE = Path(__file__).resolve().parents[1] / "data" / "ctcae_v5_terms_and_grades.csv"
_ON_ONE_PAGE = 12


@cache
def ctcae_terms() -> tuple[CtcaeTerm, ...]:
    """All terms in the order of the file. Read once per process."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            CtcaeTerm(row["term"], row["soc"], frozenset(int(grade) for grade in row["grades_defined"]))
            for row in csv.DictReader(file)
        )


@cache
def _by_name() -> dict[str, CtcaeTerm]:
    return {term.name: term for term in ctcae_terms()}


def defined_grades(term: str) -> frozenset[int] | None:
    """The grades that CTCAE defines for this very term; None where it is not a term."""
    found = _by_name().get(term)
    return None if found is None else found.grades


def search(typed: str, *, limit: int = _ON_ONE_PAGE) -> tuple[CtcaeTerm, ...]:
    return search_terms(typed, terms=ctcae_terms(), limit=limit)
