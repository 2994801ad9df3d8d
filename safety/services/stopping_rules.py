"""The stopping rules of the protocol, asked in the transaction of every change of an adverse event."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min, Q

from dosing.models import Infusion
from safety.models import AdverseEvent
from safety.rules.gate_facts import EventFacts, GradeFacts
from safety.rules.onset import Onset
from safety.rules.states import Relationship
from safety.rules.stopping import breaches
from safety.selectors.gate_facts import event_reference
from trial.models import DosingHold, ProtocolVersion, Study, User
from trial.protocol.schema import StoppingRules
from trial.rules.roles import Role
from trial.rules.states import HoldKind, VersionState
from trial.services import holds
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated

_TOLD = (
    Role.PRINCIPAL_INVESTIGATOR,
    Role.SUBINVESTIGATOR,
    Role.MEDICAL_MONITOR,
    Role.DSMB_MEMBER,
    Role.COORDINATOR,
    Role.NURSE,
    Role.PHARMACIST,
    Role.SPONSOR,
)


def evaluate(study: Study, *, by: User, at: datetime) -> None:
    """Hold the study for every rule that is broken and was not looked at yet. Source: protocol stopping rules."""
    with regulated(by=by, act="stopping_rules.evaluate", study=study):
        definition = ProtocolVersion.objects.get(study=study, state=VersionState.ACTIVE).definition
        known = set(DosingHold.objects.filter(study=study, kind=HoldKind.STOPPING_RULE).values_list("cause", flat=True))
        events = _candidates(study, rules=definition.stopping, timezone=definition.timezone)
        for breach in breaches(events, first_infusions=_first_infusions(study), rules=definition.stopping):
            if breach.cause not in known:
                hold = holds.place(
                    study=study, kind=HoldKind.STOPPING_RULE, reason=breach.reason, cause=breach.cause, by=by, at=at
                )
                tell_of_study_hold(hold, at=at)


def tell_of_study_hold(hold: DosingHold, *, at: datetime) -> None:
    """Everybody who doses or decides learns that dosing of the whole study is held."""
    notify(
        users=holders(study=hold.study, roles=_TOLD, on=at),
        study=hold.study,
        key=f"hold:{hold.pk}",
        title="Dosing of the whole study is held",
        body=hold.reason,
        path="/holds/",
        at=at,
    )


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
