"""Explain the safety gate of a cohort: the same rule that opens and closes cohorts, for facts from a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from reports.explain.gate_input import (
    BaselineInput,
    DecisionInput,
    EventInput,
    GateInput,
    InfusionInput,
    SubjectInput,
    SuspensionInput,
)
from safety.rules.gate import evaluate_gate
from safety.rules.gate_answer import gate_answer
from safety.rules.gate_facts import (
    BaselineFacts,
    CohortFacts,
    DecisionFacts,
    EventFacts,
    GradeFacts,
    InfusionFacts,
    SignatureFacts,
    SubjectFacts,
    SuspensionFacts,
)
from safety.rules.onset import Onset
from safety.rules.states import Relationship
from trial.documents.parsing import parse
from trial.documents.problems import InputProblems, Problem
from trial.protocol.loading import under_preset
from trial.protocol.schema import ProtocolDefinition, Trigger
from trial.rules.site_time import site_date

KEYS_HELP = """\
explain gate: may the next cohort be dosed?

as_of               the moment of the question; a bare date means its end
cohort              number of the cohort
subjects            all subjects of the cohort, replaced ones included
  number            subject number
  slot, sentinel    read, without effect on the gate
  infusions         number, started_at, given_fraction (given / planned viable cells, 1 is all of it),
                    planned_million_per_kg (default: the dose of the protocol), given_million_per_kg,
                    stopped_for: reaction, logistic or technical; null: not stopped
  withdrawn_on, lost_on, died_at, death_reviewed_at, d28_visit_on, phone_contact_on, replaced_by
events              all adverse events, voided ones included; missing: not known whether there were any
  id, subject, term
  onset_at          a time, a date or a part of one (2025-03)
  grades            grade (1 to 5), on, recorded_at
  serious, related_serious, infusion_reaction, stopped_infusion, progression_of_ild: true, false, null
  special_interest  true, false; null: as the protocol's list of terms says
  relationship      unrelated, unlikely, possible, probable, definite, not_assessed
  aware_at          when the site became aware
  baseline          present, grade: the condition before the first infusion
  voided, voided_at, recorded_at
incomplete          open items of the readiness checklist; missing: not known
suspended           null, or since, reason
decisions           decision: PROCEED, HOLD, STOP, EXPAND or CONTINUE; at;
                    policy: ANY_TEAE, ANY_RELATED_TEAE or DLT, anything else is the policy in force;
                    signatures: role, vote, at

Times carry an offset or are site-local. A missing key and null both mean "not known". What was recorded after as_of is
not yet known; a row without recorded_at (or at) counts as known.
"""


def explain(document: object, definition: ProtocolDefinition) -> dict[str, object]:
    """The gate of one cohort. Raises InputProblems."""
    given = parse(GateInput, document, definition=definition)
    problems = [*_disagreements(given, cohorts=[cohort.number for cohort in definition.cohorts])]
    if problems:
        raise InputProblems(problems)
    result = evaluate_gate(
        _facts(given, definition=definition),
        policy=definition.gate,
        cohort=definition.cohort(given.cohort),
        timezone=definition.timezone,
        as_of=given.as_of,
    )
    return gate_answer(result)


def _disagreements(given: GateInput, *, cohorts: list[int]) -> Iterator[Problem]:
    """What is wrong between the parts of the document, each part being right in itself."""
    subjects, events = given.subjects or [], given.events or []
    if given.cohort not in cohorts:
        yield Problem("cohort", f"must be one of {', '.join(map(str, cohorts))}")
    yield from _repeated((f"subjects[{i}].number", subject.number) for i, subject in enumerate(subjects))
    yield from _repeated((f"events[{i}].id", event.id) for i, event in enumerate(events))
    for i, subject in enumerate(subjects):
        yield from _repeated(
            (f"subjects[{i}].infusions[{j}].number", infusion.number)
            for j, infusion in enumerate(subject.infusions or [])
        )
    numbers = {subject.number for subject in subjects}
    for i, event in enumerate(events):
        if event.subject not in numbers:
            yield Problem(f"events[{i}].subject", f"no subject {event.subject} in this cohort")


def _repeated(identities: Iterable[tuple[str, int | str]]) -> Iterator[Problem]:
    seen: Counter[int | str] = Counter()
    for key, identity in identities:
        seen[identity] += 1
        if seen[identity] > 1:
            yield Problem(key, f"{identity} stands twice")


def _facts(given: GateInput, *, definition: ProtocolDefinition) -> CohortFacts:
    return CohortFacts(
        subjects=tuple(_subject(subject, definition=definition) for subject in given.subjects or []),
        events=None if given.events is None else tuple(_event(event, definition=definition) for event in given.events),
        incomplete=None if given.incomplete is None else tuple(given.incomplete),
        suspended=_suspension(given.suspended),
        decisions=tuple(_decision(decision, definition=definition) for decision in given.decisions or []),
    )


def _subject(given: SubjectInput, *, definition: ProtocolDefinition) -> SubjectFacts:
    def on(moment: datetime | date | None) -> date | None:
        return _site_day(moment, definition=definition)

    return SubjectFacts(
        number=given.number,
        infusions=tuple(_infusion(infusion, definition=definition) for infusion in given.infusions or []),
        withdrawn_on=on(given.withdrawn_on),
        lost_on=on(given.lost_on),
        died_at=given.died_at,
        death_reviewed_at=given.death_reviewed_at,
        d28_visit_on=on(given.d28_visit_on),
        phone_contact_on=on(given.phone_contact_on),
        replaced_by=given.replaced_by,
    )


def _infusion(given: InfusionInput, *, definition: ProtocolDefinition) -> InfusionFacts:
    planned = given.planned_million_per_kg
    return InfusionFacts(
        number=given.number,
        started_at=given.started_at,
        given_fraction=given.given_fraction,
        planned_million_per_kg=definition.regimen.dose_million_per_kg if planned is None else planned,
        given_million_per_kg=given.given_million_per_kg,
        stopped_for=given.stopped_for,
    )


def _event(given: EventInput, *, definition: ProtocolDefinition) -> EventFacts:
    return EventFacts(
        id=given.id,
        subject=given.subject,
        term=given.term,
        onset=None if given.onset_at is None else Onset.parse(given.onset_at, timezone=definition.timezone),
        grades=tuple(
            GradeFacts(grade=row.grade, on=_site_day(row.on, definition=definition), recorded_at=row.recorded_at)
            for row in given.grades or []
            if row.grade is not None
        ),
        serious=given.serious,
        related_serious=given.related_serious,
        special_interest=_special_interest(given, definition=definition),
        relationship=given.relationship or Relationship.NOT_ASSESSED,
        aware_at=given.aware_at,
        infusion_reaction=given.infusion_reaction,
        stopped_infusion=given.stopped_infusion,
        progression_of_ild=given.progression_of_ild,
        baseline=_baseline(given.baseline),
        voided=bool(given.voided),
        voided_at=given.voided_at,
        recorded_at=given.recorded_at,
    )


def _special_interest(given: EventInput, *, definition: ProtocolDefinition) -> bool | None:
    if given.special_interest is not None or not given.term:
        return given.special_interest
    return given.term.casefold() in {term.casefold() for term in definition.special_interest_terms}


def _baseline(given: BaselineInput | None) -> BaselineFacts | None:
    """A grade at baseline says that the condition was present; without either nothing is known of it."""
    if given is None or (given.present is None and given.grade is None):
        return None
    return BaselineFacts(present=given.present is not False, grade=given.grade)


def _suspension(given: SuspensionInput | None) -> SuspensionFacts | None:
    if given is None:
        return None
    return SuspensionFacts(reason=given.reason or "no reason is given", since=given.since)


def _decision(given: DecisionInput, *, definition: ProtocolDefinition) -> DecisionFacts:
    preset = next((trigger for trigger in Trigger if trigger == given.policy), None)
    return DecisionFacts(
        decision=given.decision,
        at=given.at,
        policy=None if preset is None else under_preset(definition, preset),
        signatures=tuple(SignatureFacts(role=s.role, vote=s.vote, at=s.at) for s in given.signatures or []),
    )


def _site_day(moment: datetime | date | None, *, definition: ProtocolDefinition) -> date | None:
    return site_date(moment, timezone=definition.timezone) if isinstance(moment, datetime) else moment
