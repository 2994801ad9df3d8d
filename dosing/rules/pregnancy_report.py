"""Whether a pregnancy may be reported so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from trial.rules.decision import Decision, Reason


class Whose(StrEnum):
    PARTICIPANT = "participant"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class PregnancyFacts:
    known_on: date


def may_report(facts: PregnancyFacts, *, today: date) -> Decision:
    """Of today or earlier, site-local; nothing else stands against it. Source: G46."""
    if facts.known_on <= today:
        return Decision()
    message = "The day on which it became known lies in the future."
    return Decision((Reason("PRG-FUTURE", message, "Pregnancy report"),))
