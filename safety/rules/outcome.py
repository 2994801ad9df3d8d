"""The computed outcome of a cohort's gate: a pure function of what is known and of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from safety.rules.evaluability import Standing, has_received_all
from safety.rules.evidence import Evidence, SubjectEvidence, weigh
from safety.rules.finding import Weight
from safety.rules.gate_facts import CohortFacts, SubjectFacts
from safety.rules.known import known_facts
from trial.protocol.schema import CohortPlan, GatePolicy
from trial.rules.decision import Reason

REGISTRY = "NCT06574581, detailed description: if no adverse events after 4 weeks of the last infusion"
DEATH_RULE = "Gate rule: a death in the cohort suspends until it is reviewed"
NOT_KNOWN_RULE = "Gate rule: what is not known passes no gate"
CHECKLIST = "Gate readiness checklist; ICH E6(R3) Annex 1"

CHECKLIST_CODE = "GATE-CHECKLIST"


class Verdict(StrEnum):
    PASSED = "PASSED"
    NOT_PASSED = "NOT_PASSED"
    NOT_READY = "NOT_READY"
    UNDETERMINED = "UNDETERMINED"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``reasons``: everything that stands against passing, not only what settles the verdict. Empty if passed."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    evidence: Evidence
    is_ready: bool
    earliest_review_at: datetime | None

    @property
    def revoking_reasons(self) -> tuple[Reason, ...]:
        """Reasons that end a permission once given. An open checklist item is drift: it shows, and does not revoke.

        Source: house rule on latched revocation.
        """
        return tuple(reason for reason in self.reasons if reason.code != CHECKLIST_CODE)


def gate_outcome(
    facts: CohortFacts, *, policy: GatePolicy, plan: CohortPlan, timezone: str, as_of: datetime
) -> Outcome:
    """Suspended before not passed, not passed before not ready, not ready before undetermined, and passed only then.

    Source: gate policy, computed outcome; NCT06574581.
    """
    known = known_facts(facts, as_of=as_of, timezone=timezone)
    evidence = weigh(known, policy=policy, plan=plan, timezone=timezone, as_of=as_of)
    suspending = tuple(_suspending(known))
    failing = tuple(_failing(evidence, allowed=policy.allowed_events[plan.number - 1]))
    lacking = tuple(_lacking(known, evidence=evidence, policy=policy, plan=plan, as_of=as_of))
    open_questions = tuple(_undetermined(evidence))
    ranked = (
        (suspending, Verdict.SUSPENDED),
        (failing, Verdict.NOT_PASSED),
        (lacking, Verdict.NOT_READY),
        (open_questions, Verdict.UNDETERMINED),
    )
    return Outcome(
        verdict=next((verdict for reasons, verdict in ranked if reasons), Verdict.PASSED),
        reasons=(*suspending, *failing, *lacking, *open_questions),
        evidence=evidence,
        is_ready=not lacking,
        earliest_review_at=_earliest_review_at(evidence, policy=policy, plan=plan),
    )


def _suspending(known: CohortFacts) -> Iterator[Reason]:
    if known.suspended is not None:
        yield Reason("GATE-SUSPENDED", f"The trial is suspended: {known.suspended.reason}.", DEATH_RULE)
    fatal = {event.subject for event in known.events or () if event.is_fatal and not event.voided}
    for subject in known.subjects:
        if (subject.died_at is not None or subject.number in fatal) and not _is_death_reviewed(subject):
            yield Reason("GATE-DEATH", f"The death of subject {subject.number} is not reviewed.", DEATH_RULE)


def _is_death_reviewed(subject: SubjectFacts) -> bool:
    if subject.death_reviewed_at is None:
        return False
    return subject.died_at is None or subject.death_reviewed_at >= subject.died_at


def _failing(evidence: Evidence, *, allowed: int) -> Iterator[Reason]:
    counted = evidence.of_weight(Weight.COUNTS)
    if len(counted) <= allowed:
        return
    for item in counted:
        yield Reason(
            "GATE-EVENT",
            f"Event {item.event.id} of subject {item.event.subject} counts: {item.finding.why}. "
            f"The policy allows {allowed} in this cohort.",
            REGISTRY,
        )


def _lacking(
    known: CohortFacts, *, evidence: Evidence, policy: GatePolicy, plan: CohortPlan, as_of: datetime
) -> Iterator[Reason]:
    if not evidence.events_known:
        yield Reason("GATE-EVENTS-UNKNOWN", "Whether there were adverse events is not known.", NOT_KNOWN_RULE)
    yield from _open_windows(evidence.subjects, as_of=as_of)
    yield from _too_few(evidence, required=policy.required_evaluable[plan.number - 1])
    if known.incomplete is None:
        yield Reason(CHECKLIST_CODE, "Whether the readiness checklist is complete is not known.", NOT_KNOWN_RULE)
    for item in known.incomplete or ():
        yield Reason(CHECKLIST_CODE, f"The readiness checklist is open: {item}.", CHECKLIST)


def _open_windows(subjects: Iterable[SubjectEvidence], *, as_of: datetime) -> Iterator[Reason]:
    for item in subjects:
        # Death ends the observation; everybody else's window counts, also that of a subject who was replaced.
        if item.window is not None and item.subject.died_at is None and not item.window.is_over(as_of=as_of):
            yield Reason(
                "GATE-WINDOW",
                f"The observation window of subject {item.subject.number} closes on {item.window.closes_on} at 24:00.",
                REGISTRY,
            )


def _too_few(evidence: Evidence, *, required: int) -> Iterator[Reason]:
    evaluable = len(evidence.evaluable)
    if evaluable >= required:
        return
    for item in evidence.subjects:
        if item.evaluability.lacks_only_d28:
            yield Reason(
                "GATE-D28",
                f"Subject {item.subject.number}: {item.evaluability.why}.",
                "Gate policy: safety data at the end of the observation window",
            )
    others = [
        f"subject {item.subject.number} {item.evaluability.why}"
        for item in evidence.subjects
        if not item.evaluability.is_evaluable and not item.evaluability.lacks_only_d28
    ]
    detail = f": {'; '.join(others)}" if others else ""
    yield Reason(
        "GATE-EVALUABLE",
        f"{evaluable} of {required} required subjects are evaluable{detail}.",
        "Gate policy: evaluable",
    )


def _undetermined(evidence: Evidence) -> Iterator[Reason]:
    for item in evidence.of_weight(Weight.UNDETERMINED):
        yield Reason(
            "GATE-UNDETERMINED",
            f"Event {item.event.id} of subject {item.event.subject} is undetermined: {item.finding.why}.",
            "Gate policy: an open question passes no gate",
        )


def _earliest_review_at(evidence: Evidence, *, policy: GatePolicy, plan: CohortPlan) -> datetime | None:
    """00:00 of the day after the last window; ``None`` while too few subjects have received all that is needed.

    Source: gate clock, day 29 of the last evaluable subject needed to fill the cohort.
    """
    needed = [item for item in evidence.subjects if _can_fill(item, plan=plan)]
    if len(needed) < policy.required_evaluable[plan.number - 1]:
        return None
    windows = [item.window for item in evidence.subjects if item.window and item.subject.died_at is None]
    return max((window.over_at for window in windows), default=None)


def _can_fill(item: SubjectEvidence, *, plan: CohortPlan) -> bool:
    if item.evaluability.standing is Standing.PENDING:
        return has_received_all(item.subject, plan=plan)
    return item.evaluability.is_evaluable
