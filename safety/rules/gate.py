"""The safety gate of a cohort: may the next cohort be dosed, and if not, what exactly stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safety.rules.cohort_state import CohortState, cohort_state
from safety.rules.confidence import UpperLimits, upper_limits
from safety.rules.evidence import Evidence
from safety.rules.finding import Weight
from safety.rules.gate_facts import CohortFacts, Identifier
from safety.rules.known import known_facts
from safety.rules.outcome import Verdict, gate_outcome
from safety.rules.permission import next_cohort_may_open
from safety.rules.votes import Ballot, count_votes
from trial.protocol.schema import CohortPlan, GatePolicy, Trigger
from trial.rules.decision import Decision, Reason


@dataclass(frozen=True, slots=True)
class WeighedEvent:
    """An event with why it counts, or why it does not (yet)."""

    id: Identifier
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedSubject:
    """``window_opens_at`` and ``window_closes_at`` are None before the first infusion."""

    number: Identifier
    window_opens_at: datetime | None
    window_closes_at: datetime | None
    evaluable: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The gate as of one instant.

    ``reasons``: everything against PASSED. ``permission``: everything against dosing the next cohort. ``under``: the
    verdict of each preset beside the one in force. ``revoking_reasons``: those of ``reasons`` that end a permission for
    good; open checklist items are not among them. ``signatures_missing``: of the latest decision; all if there is none.
    """

    result: Verdict
    reasons: tuple[Reason, ...]
    qualifying_events: tuple[WeighedEvent, ...]
    other_events: tuple[WeighedEvent, ...]
    subjects: tuple[WeighedSubject, ...]
    earliest_review_at: datetime | None
    permission: Decision
    state: CohortState
    signatures_missing: tuple[str, ...]
    under: Mapping[Trigger, Verdict]
    upper_limits: UpperLimits
    revoking_reasons: tuple[Reason, ...]

    @property
    def next_cohort_open(self) -> bool:
        return self.permission.allowed


def evaluate_gate(
    facts: CohortFacts, *, policy: GatePolicy, cohort: CohortPlan, timezone: str, as_of: datetime
) -> GateResult:
    """The gate of ``cohort`` with what was known at ``as_of``. Pure: same facts, same answer, in whatever order given.

    Source: NCT06574581, "if no adverse events after 4 weeks of the last infusion"; gate policy of the protocol version.
    """
    outcome = gate_outcome(facts, policy=policy, plan=cohort, timezone=timezone, as_of=as_of)
    known = known_facts(facts, as_of=as_of, timezone=timezone)
    ballots = count_votes(known.decisions, policy=policy)
    permission = next_cohort_may_open(
        facts, ballots=ballots, outcome=outcome, plan=cohort, timezone=timezone, as_of=as_of
    )
    state = cohort_state(known, plan=cohort, outcome=outcome, ballots=ballots, permitted=permission.allowed)
    evidence = outcome.evidence
    return GateResult(
        result=outcome.verdict,
        reasons=outcome.reasons,
        qualifying_events=_events(evidence, counting=True),
        other_events=_events(evidence, counting=False),
        subjects=_subjects(evidence),
        earliest_review_at=outcome.earliest_review_at,
        permission=permission,
        state=state,
        signatures_missing=_signatures_missing(ballots, policy=policy),
        under=_under(facts, policy=policy, cohort=cohort, timezone=timezone, as_of=as_of),
        upper_limits=_limits(evidence),
        revoking_reasons=outcome.revoking_reasons,
    )


def _under(
    facts: CohortFacts, *, policy: GatePolicy, cohort: CohortPlan, timezone: str, as_of: datetime
) -> dict[Trigger, Verdict]:
    def verdict(trigger: Trigger) -> Verdict:
        preset = policy.model_copy(update={"trigger": trigger})
        return gate_outcome(facts, policy=preset, plan=cohort, timezone=timezone, as_of=as_of).verdict

    return {trigger: verdict(trigger) for trigger in Trigger}


def _events(evidence: Evidence, *, counting: bool) -> tuple[WeighedEvent, ...]:
    return tuple(
        WeighedEvent(item.event.id, item.finding.why)
        for item in evidence.events
        if (item.weight is Weight.COUNTS) is counting
    )


def _subjects(evidence: Evidence) -> tuple[WeighedSubject, ...]:
    return tuple(
        WeighedSubject(
            number=item.subject.number,
            window_opens_at=item.window.opens_at if item.window else None,
            window_closes_at=item.window.closes_at if item.window else None,
            evaluable=item.evaluability.is_evaluable,
            why=item.evaluability.why,
        )
        for item in evidence.subjects
    )


def _signatures_missing(ballots: Sequence[Ballot], *, policy: GatePolicy) -> tuple[str, ...]:
    return ballots[-1].missing if ballots else policy.signatories


def _limits(evidence: Evidence) -> UpperLimits:
    """Subjects with a qualifying event among the evaluable ones: a subject with two events is still one of them."""
    with_event = sum(item.has_qualifying_event for item in evidence.evaluable)
    return upper_limits(events=with_event, subjects=len(evidence.evaluable))
