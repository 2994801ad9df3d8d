"""Three-valued logic: what the data do not say is neither fulfilled nor failed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The result of a criterion. For an exclusion MET means that the participant is excluded."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


def both(verdicts: Iterable[Verdict]) -> Verdict:
    """Kleene AND over all: one that is not met decides, else one that is unknown. Not applicable counts as met."""
    found = set(verdicts)
    if Verdict.NOT_MET in found:
        return Verdict.NOT_MET
    return Verdict.UNKNOWN if Verdict.UNKNOWN in found else Verdict.MET


def either(verdicts: Iterable[Verdict]) -> Verdict:
    """Kleene OR over all: one that is met decides, else one that is unknown. Not applicable counts as not met."""
    found = set(verdicts)
    if Verdict.MET in found:
        return Verdict.MET
    return Verdict.UNKNOWN if Verdict.UNKNOWN in found else Verdict.NOT_MET


def opposite(verdict: Verdict) -> Verdict:
    """Kleene NOT: unknown stays unknown, not applicable stays not applicable."""
    return {Verdict.MET: Verdict.NOT_MET, Verdict.NOT_MET: Verdict.MET}.get(verdict, verdict)


def of(known: bool | None) -> Verdict:
    """A statement as a verdict; None is a statement that nobody has made yet."""
    if known is None:
        return Verdict.UNKNOWN
    return Verdict.MET if known else Verdict.NOT_MET
