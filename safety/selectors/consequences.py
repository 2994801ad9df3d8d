"""What an adverse event would do if saved now: the same rules on the facts as they would be, nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dosing.models import Infusion
from dosing.rules.states import InfusionState
from enrollment.models import Allocation, Subject
from safety.models import AdverseEvent
from safety.rules.endorsed_data import content_sha256
from safety.rules.event_entry import AdverseEventEntry, died_at, grade_day, may_enter
from safety.rules.finding import Weight
from safety.rules.gate import evaluate_gate
from safety.rules.gate_facts import (
    FATAL_GRADE,
    BaselineFacts,
    CohortFacts,
    EventFacts,
    GradeFacts,
    SubjectFacts,
    SuspensionFacts,
)
from safety.rules.grades import grade_prompts
from safety.rules.onset import Onset
from safety.rules.outcome import Verdict
from safety.rules.stopping import Breach
from safety.rules.three_valued import Truth
from safety.selectors.checklist import endorsable
from safety.selectors.ctcae import defined_grades
from safety.selectors.drift import is_drifted, open_reviews
from safety.selectors.event_entries import written_fields
from safety.selectors.gate import Assessment, assess
from safety.selectors.gate_facts import event_reference, window_of
from safety.selectors.gate_rows import SubjectRows
from safety.selectors.stopping import new_breaches
from safety.selectors.withdrawing import against_permission, clearance_given, events_that_hold
from trial.models import Study
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.site_time import site_date
from trial.rules.states import VersionState

_WOULD_BE = "This event"


class ConsequenceKind(StrEnum):
    """What happens at once when the event is saved. PROMPT: nothing happens, somebody is asked to think."""

    GATE = "gate"
    COHORT_HOLD = "cohort_hold"
    REVOCATION = "revocation"
    STUDY_HOLD = "study_hold"
    DEATH = "death"
    REVIEW = "review"
    ENDORSEMENT = "endorsement"
    RUNNING = "running"
    PROMPT = "prompt"


_HOLDING = frozenset(
    {
        ConsequenceKind.COHORT_HOLD,
        ConsequenceKind.REVOCATION,
        ConsequenceKind.STUDY_HOLD,
        ConsequenceKind.DEATH,
    }
)


@dataclass(frozen=True, slots=True)
class Consequence:
    kind: ConsequenceKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """``counts`` None: the gate does not know the event (no cohort, or the entry is not complete). ``why``: its why."""

    counts: Truth
    why: str
    items: tuple[Consequence, ...]

    @property
    def sha256(self) -> str:
        """Names what was shown, so that saving can ask whether it was seen. Empty where nothing follows."""
        texts = [item.text for item in self.items]
        return sha256_hex(canonical_json(texts)) if texts else ""


def consequences(
    subject: Subject, entry: AdverseEventEntry, *, at: datetime, replacing: AdverseEvent | None = None
) -> Consequences:
    """What follows at once if this entry is saved, as a new event or in place of one. Nothing is written.

    An entry that cannot be saved as it stands has no consequences yet. Source: gate rule; protocol stopping rules.
    """
    entry = entry.made_consistent()
    zone = subject.site.timezone
    if not may_enter(entry, defined_grades=defined_grades(entry.ctcae_term), timezone=zone, at=at).allowed:
        return Consequences(counts=None, why="", items=())
    event = _facts(entry, subject=subject, at=at, replacing=replacing)
    definition = subject.study.protocol_versions.get(state=VersionState.ACTIVE).definition
    broken = new_breaches(subject.study, definition, would_be=[replace(event, subject=subject.code)])
    dies = entry.is_fatal and subject.died_at is None
    gate = _gate(subject, entry, event, broken=broken, dies=dies, at=at)
    items = [*gate.items, *_study(subject, broken=broken, dies=dies)]
    if any(item.kind in _HOLDING for item in items):
        items += _running(subject.study)
    prompts = (Consequence(ConsequenceKind.PROMPT, text) for text in grade_prompts(entry))
    return Consequences(counts=gate.counts, why=gate.why, items=(*items, *prompts))


def _gate(
    subject: Subject, entry: AdverseEventEntry, event: EventFacts, *, broken: Sequence[Breach], dies: bool, at: datetime
) -> Consequences:
    """What the event does to the gate of its cohort and to the permission for the next one."""
    before = _assessment(subject, at=at)
    row = None if before is None else next((r for r in before.rows.subjects if r.subject.pk == subject.pk), None)
    if before is None or row is None or row.number not in {s.number for s in before.facts.subjects}:
        return Consequences(counts=None, why="", items=())
    event = replace(event, subject=row.number)
    death = died_at(entry, fatal_on=_fatal_on(event, at=at), timezone=before.timezone, at=at) if dies else None
    facts = _facts_with(before.facts, event, died_at=death, suspended=_suspension(broken, death, subject, at=at))
    after = replace(
        before,
        facts=facts,
        result=evaluate_gate(facts, policy=before.policy, cohort=before.rows.plan, timezone=before.timezone, as_of=at),
    )
    weighed = next(item for item in after.outcome.evidence.events if item.event.id == event.id)
    return Consequences(
        counts={Weight.COUNTS: True, Weight.DOES_NOT_COUNT: False}.get(weighed.weight),
        why=weighed.finding.why,
        items=(*_of_gate(before, after), *_of_records(before, after, row=row, event=event)),
    )


def _of_gate(before: Assessment, after: Assessment) -> Iterator[Consequence]:
    number = after.rows.cohort.number
    was, now = before.result.result, after.result.result
    if now is not was:
        yield Consequence(ConsequenceKind.GATE, _gate_words(number, was=was, now=now))
    if events_that_hold(after):
        text = f"This holds dosing in cohort {number} at once; only signatures lift the hold."
        if not after.policy.continue_allowed:
            text += " Under the gate policy in force no decision can continue dosing of this cohort."
        yield Consequence(ConsequenceKind.COHORT_HOLD, text)
    found = clearance_given(after.rows)
    if found is not None and against_permission(after, found):
        text = f"This withdraws the opening of cohort {found.cohort.number}, until a new signed decision."
        yield Consequence(ConsequenceKind.REVOCATION, text)


def _gate_words(number: int, *, was: Verdict, now: Verdict) -> str:
    result = f"it computes to {now.value}, and to {was.value} without this event."
    return f"This closes gate {number}: {result}" if now is Verdict.NOT_PASSED else f"Gate {number} changes: {result}"


def _of_records(before: Assessment, after: Assessment, *, row: SubjectRows, event: EventFacts) -> Iterator[Consequence]:
    """Signatures that stand now and would not any more."""
    for review in open_reviews(before):
        if is_drifted(review, after) and not is_drifted(review, before):
            text = f"Review {review.number} of gate {after.rows.cohort.number} no longer stands: it is convened anew."
            yield Consequence(ConsequenceKind.REVIEW, text)
    window = window_of(row, rows=before.rows)
    weighs = window is None or event.onset is None or event.onset.earliest < window.over_at
    if weighs and row.endorsed_sha256 == content_sha256(endorsable(row, rows=before.rows)):
        text = f"The endorsement of the data of {row.subject.code} breaks: they are endorsed again afterwards."
        yield Consequence(ConsequenceKind.ENDORSEMENT, text)


def _study(subject: Subject, *, broken: Sequence[Breach], dies: bool) -> Iterator[Consequence]:
    if dies:
        text = (
            f"The death of {subject.code} is recorded, and dosing of the whole study is held until signatories have "
            "reviewed it."
        )
        yield Consequence(ConsequenceKind.DEATH, text)
    for breach in broken:
        yield Consequence(ConsequenceKind.STUDY_HOLD, f"This suspends the study by a stopping rule: {breach.reason}")


def _running(study: Study) -> Iterator[Consequence]:
    running = Infusion.objects.filter(
        subject__study=study, state__in=[InfusionState.RUNNING, InfusionState.PAUSED]
    ).select_related("subject")
    for infusion in running:
        text = f"{infusion} is running. It is not stopped by this: the principal investigator is told, and decides."
        yield Consequence(ConsequenceKind.RUNNING, text)


def _assessment(subject: Subject, *, at: datetime) -> Assessment | None:
    allocation = Allocation.objects.filter(subject=subject).select_related("slot__cohort__study").first()
    return None if allocation is None else assess(allocation.slot.cohort, at=at)


def _facts(entry: AdverseEventEntry, *, subject: Subject, at: datetime, replacing: AdverseEvent | None) -> EventFacts:
    zone = subject.site.timezone
    fields = written_fields(entry, definition=subject.protocol_version.definition)
    return EventFacts(
        id=_WOULD_BE if replacing is None else event_reference(replacing),
        subject=subject.code,
        term=entry.ctcae_term or entry.reported_term,
        onset=Onset.parse(entry.onset, timezone=zone),
        grades=tuple(_grades(entry, timezone=zone, at=at, replacing=replacing)),
        serious=entry.serious,
        special_interest=fields["special_interest"],
        relationship=entry.relationship,
        aware_at=entry.aware_at,
        infusion_reaction=entry.infusion_reaction,
        stopped_infusion=entry.stopped_infusion,
        baseline=BaselineFacts(present=entry.baseline_present, grade=entry.baseline_grade),
        recorded_at=at if replacing is None else replacing.recorded_at,
    )


def _grades(
    entry: AdverseEventEntry, *, timezone: str, at: datetime, replacing: AdverseEvent | None
) -> Iterator[GradeFacts]:
    stored = [] if replacing is None else list(replacing.grades.order_by("id"))
    for grade in stored:
        yield GradeFacts(grade=grade.grade, on=grade.graded_on, recorded_at=grade.recorded_at)
    known = {(grade.grade, grade.graded_on) for grade in stored}
    on = grade_day(entry, timezone=timezone, at=at)
    if entry.grade is not None and (entry.grade, on) not in known:
        yield GradeFacts(grade=entry.grade, on=on, recorded_at=at)
    if entry.is_fatal and FATAL_GRADE not in (entry.grade, *(grade.grade for grade in stored)):
        yield GradeFacts(grade=FATAL_GRADE, on=site_date(entry.died_at or at, timezone=timezone), recorded_at=at)


def _fatal_on(event: EventFacts, *, at: datetime) -> date:
    """The day of the fatal grade, which a fatal event has."""
    return next((grade.on for grade in event.grades if grade.grade == FATAL_GRADE and grade.on), at.date())


def _facts_with(
    facts: CohortFacts, event: EventFacts, *, died_at: datetime | None, suspended: SuspensionFacts | None
) -> CohortFacts:
    def with_death(subject: SubjectFacts) -> SubjectFacts:
        return replace(subject, died_at=died_at) if died_at and subject.number == event.subject else subject

    others = tuple(known for known in facts.events or () if known.id != event.id)
    return replace(
        facts,
        subjects=tuple(with_death(subject) for subject in facts.subjects),
        events=(*others, event),
        suspended=facts.suspended or suspended,
    )


def _suspension(
    broken: Sequence[Breach], death: datetime | None, subject: Subject, *, at: datetime
) -> SuspensionFacts | None:
    if death is not None:
        return SuspensionFacts(reason=f"Death of {subject.code}", since=at)
    return SuspensionFacts(reason=broken[0].reason.rstrip("."), since=at) if broken else None
