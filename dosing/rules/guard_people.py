"""Who infuses and who checks: two different people, each delegated for it on this day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dosing.rules.guard_facts import GuardFacts
from trial.rules.decision import Reason

_SOURCE = "Protocol, two-person identity check; ICH E6(R3) Annex 1 (delegation)"


def people_reasons(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    performer, verifier = facts.performer, facts.verifier
    if performer is None or not performer.delegated:
        message = "The person who infuses must be delegated to administer infusions on this day, with valid training."
        yield Reason("DOS-PERFORMER", message, _SOURCE)
    if not _signed_first(facts, at=at):
        message = "The person who infuses checks subject and unit and signs it first, with a password of their own."
        yield Reason("DOS-IDENTITY-FIRST", message, _SOURCE)
    if verifier is None or verifier.signed_at is None or verifier.signed_at > at:
        message = "A second person has not yet checked and signed the identity of this subject with this unit."
        yield Reason("DOS-VERIFIER", message, _SOURCE)
        return
    if verifier.username in _first_people(facts):
        yield Reason("DOS-PEOPLE-SAME", "Two different people are needed: one infuses, the other checks.", _SOURCE)
    if not verifier.delegated:
        message = "The person who checks must be delegated to verify infusions on this day, with valid training."
        yield Reason("DOS-VERIFIER-DELEGATION", message, _SOURCE)


def _signed_first(facts: GuardFacts, *, at: datetime) -> bool:
    """By whoever starts: a check that somebody else signed is not theirs. While nobody is known, anybody's counts."""
    first = facts.first_check
    if first is None or first.signed_at is None or first.signed_at > at:
        return False
    return facts.performer is None or facts.performer.username == first.username


def _first_people(facts: GuardFacts) -> set[str]:
    return {person.username for person in (facts.performer, facts.first_check) if person is not None}
