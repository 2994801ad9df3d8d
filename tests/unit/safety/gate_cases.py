"""What the scenarios of the gate share. G numbers are those of the domain document; dates are site-local."""

from __future__ import annotations

from safety.rules.gate import GateResult
from safety.rules.gate_facts import CohortFacts, EventFacts
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision
from tests.builders.gate import evaluated, ok_cohort
from tests.builders.policy import gate_policy
from trial.protocol.schema import Trigger

PROCEED, HOLD, STOP = GateDecision.PROCEED, GateDecision.HOLD, GateDecision.STOP
TEAE, RELATED, DLT = Trigger.ANY_TEAE, Trigger.ANY_RELATED_TEAE, Trigger.DLT
PASSED, NOT_PASSED, NOT_READY = Verdict.PASSED, Verdict.NOT_PASSED, Verdict.NOT_READY
UNDETERMINED, SUSPENDED = Verdict.UNDETERMINED, Verdict.SUSPENDED


def with_events(*events: EventFacts) -> CohortFacts:
    return ok_cohort(events=events)


def verdicts(facts: CohortFacts, as_of: str = "2025-04-02T09:00") -> dict[Trigger, Verdict]:
    under = dict(evaluated(facts, as_of=as_of).under)
    for trigger, verdict in under.items():
        assert evaluated(facts, as_of=as_of, policy=gate_policy(trigger)).result is verdict
    return under


def subject_of(result: GateResult, number: int) -> tuple[bool, str]:
    return next((s.evaluable, s.why) for s in result.subjects if s.number == number)
