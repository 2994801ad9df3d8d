"""What the stopping rules look at, and which of them are broken and were not looked at yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min, Q

from dosing.models import Infusion
from safety.models import AdverseEvent
from safety.rules.gate_facts import EventFacts, GradeFacts
from safety.rules.onset import Onset
from safety.rules.states import Relationship
from safety.rules.stopping import Breach, breaches
from safety.selectors.gate_facts import event_reference
from trial.models import DosingHold, Study
from trial.protocol.schema import ProtocolDefinition, StoppingRules
from trial.rules.states import HoldKind


def new_breaches(
    study: Study, definition: ProtocolDefinition, *, would_be: Sequence[EventFacts] = ()
) -> tuple[Breach, ...]:
    """Every broken rule that has not placed its hold yet. ``would_be``: events as they would be if they were saved.

    Three queries. Source: protocol stopping rules.
    """
    known = set(DosingHold.objects.filter(study=study, kind=HoldKind.STOPPING_RULE).values_list("cause", flat=True))
    replaced = {event.id for event in would_be}
    stored = _candidates(study, rules=definition.stopping, timezone=definition.timezone)
    events = [*(event for event in stored if event.id not in replaced), *would_be]
    found = breaches(events, first_infusions=_first_infusions(study), rules=definition.stopping)
    return tuple(breach for breach in found if breach.cause not in known)


def _candidates(study: Study, *, rules: StoppingRules, timezone: str) -> list[EventFacts]:
    """Only events that can break a rule at all: severe enough, or of a term that counts with any grade."""
    lowest = min(rules.related_minimum_grade, rules.same_term_minimum_grade)
    rows = (
        AdverseEvent.objects.filter(subject__study=study, voided_at__isnull=True)
        .filter(Q(grades__grade__gte=lowest) | Q(ctcae_term__in=rules.terms_of_any_grade))
        .select_related("subject")
        .prefetch_related("grades")
        .distinct()
        .order_by("id")
    )
    return [_facts(event, timezone=timezone) for event in rows]


def _facts(event: AdverseEvent, *, timezone: str) -> EventFacts:
    return EventFacts(
        id=event_reference(event),
        subject=event.subject.code,
        term=event.ctcae_term or event.reported_term,
        onset=Onset.parse(event.onset, timezone=timezone),
        grades=tuple(GradeFacts(grade=entry.grade, on=entry.graded_on) for entry in event.grades.all()),
        relationship=Relationship(event.relationship),
    )


def _first_infusions(study: Study) -> dict[str, datetime]:
    rows = Infusion.objects.filter(subject__study=study, started_at__isnull=False)
    return {
        row["subject__code"]: row["first_at"]
        for row in rows.values("subject__code").annotate(first_at=Min("started_at"))
    }
