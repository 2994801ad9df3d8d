"""Rules that hold dosing of the whole study at once, until people have looked and signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safety.rules.causality import NOT_RELATED
from safety.rules.gate_facts import EventFacts
from trial.protocol.schema import StoppingRules


@dataclass(frozen=True, slots=True)
class Breach:
    """``cause`` names the rule and the event that broke it, so that the same cause holds dosing once."""

    cause: str
    reason: str


def breaches(
    events: Sequence[EventFacts], *, first_infusions: Mapping[str, datetime], rules: StoppingRules
) -> tuple[Breach, ...]:
    """Every stopping rule that valid events since the first infusion break. ``subject`` of an event is a subject code.

    A relationship that nobody has assessed yet counts: holding can be undone, dosing cannot. A fatal event is left out
    of the grades: the death itself has held the study, whatever its cause, and is reviewed once.
    Source: protocol stopping rules.
    """
    emerged = [event for event in events if not event.voided and _emerged(event, first_infusions=first_infusions)]
    return (*_severe(emerged, rules=rules), *_named(emerged, rules=rules), *_repeated(emerged, rules=rules))


def _emerged(event: EventFacts, *, first_infusions: Mapping[str, datetime]) -> bool:
    first_at = first_infusions.get(str(event.subject))
    return first_at is not None and (event.onset is None or event.onset.latest >= first_at)


def _severe(events: Sequence[EventFacts], *, rules: StoppingRules) -> Iterator[Breach]:
    for event in events:
        grade = _worst(event)
        if event.is_fatal or event.relationship in NOT_RELATED:
            continue
        if grade >= rules.related_minimum_grade:
            yield Breach(
                f"stopping:grade-{grade}:{event.id}",
                f"{event.id} of grade {grade} is not assessed as unrelated or unlikely.",
            )


def _named(events: Sequence[EventFacts], *, rules: StoppingRules) -> Iterator[Breach]:
    named = {term.casefold() for term in rules.terms_of_any_grade}
    for event in events:
        if event.term and event.term.casefold() in named:
            yield Breach(f"stopping:term:{event.id}", f"{event.id}: {event.term}, of any grade.")


def _repeated(events: Sequence[EventFacts], *, rules: StoppingRules) -> Iterator[Breach]:
    by_term: dict[str, list[EventFacts]] = {}
    for event in events:
        if _worst(event) >= rules.same_term_minimum_grade and event.relationship not in NOT_RELATED and event.term:
            by_term.setdefault(event.term.casefold(), []).append(event)
    for same in by_term.values():
        if len(same) >= rules.same_term_events:
            ids = ", ".join(str(event.id) for event in same)
            yield Breach(
                f"stopping:repeated:{len(same)}:{same[-1].id}",
                f"{len(same)} events “{same[-1].term}” of grade {rules.same_term_minimum_grade} or higher: {ids}.",
            )


def _worst(event: EventFacts) -> int:
    return max((entry.grade for entry in event.grades), default=0)
