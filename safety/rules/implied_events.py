"""Adverse events that other records prove, though nobody has entered them yet: a death, a reaction to an infusion."""

from __future__ import annotations

from collections.abc import Sequence

from safety.rules.gate_facts import FATAL_GRADE, EventFacts, GradeFacts, StopReason, SubjectFacts
from safety.rules.onset import Onset
from trial.rules.site_time import site_date


def implied_by_death(subject: SubjectFacts, *, recorded: Sequence[EventFacts], timezone: str) -> tuple[EventFacts, ...]:
    """The fatal event that every death is, unless a valid one of this subject is recorded.

    Source: house rule, death always makes a fatal (grade 5) event; NCI CTCAE, grade 5.
    """
    if subject.died_at is None or any(event.is_fatal and not event.voided for event in recorded):
        return ()
    fatal = GradeFacts(grade=FATAL_GRADE, on=site_date(subject.died_at, timezone=timezone))
    return (
        EventFacts(
            id=f"death-{subject.number}",
            subject=subject.number,
            term="Death",
            onset=Onset(subject.died_at, subject.died_at),
            grades=(fatal,),
            serious=True,
            aware_at=subject.died_at,
        ),
    )


def implied_by_reaction(subject: SubjectFacts, *, counted: Sequence[EventFacts]) -> tuple[EventFacts, ...]:
    """The reaction for which an infusion was stopped, unless an infusion reaction of this subject weighs already.

    Source: house rule; an infusion that was stopped for a reaction is itself the record of an adverse event.
    """
    if any(event.infusion_reaction and event.stopped_infusion is not False for event in counted):
        return ()
    return tuple(
        EventFacts(
            id=f"reaction-{subject.number}-{infusion.number}",
            subject=subject.number,
            term="Infusion related reaction",
            onset=None if infusion.started_at is None else Onset(infusion.started_at, infusion.started_at),
            special_interest=True,
            aware_at=infusion.started_at,
            infusion_reaction=True,
            stopped_infusion=True,
        )
        for infusion in subject.infusions
        if infusion.stopped_for is StopReason.REACTION
    )
