"""The gate of a cohort as it stands: rows, facts, checklist and result, read once and judged by the pure rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from safety.rules.checklist import ChecklistItem
from safety.rules.gate import GateResult, evaluate_gate
from safety.rules.gate_facts import CohortFacts
from safety.rules.outcome import Outcome, gate_outcome
from safety.selectors.checklist import checklist
from safety.selectors.gate_facts import facts_of
from safety.selectors.gate_rows import CohortRows, cohort_rows
from trial.models import Cohort, ProtocolVersion
from trial.protocol.schema import GatePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything about a gate at one instant."""

    rows: CohortRows
    checklist: tuple[ChecklistItem, ...]
    facts: CohortFacts
    result: GateResult
    at: datetime

    @property
    def policy(self) -> GatePolicy:
        return self.rows.definition.gate

    @property
    def timezone(self) -> str:
        return self.rows.definition.timezone

    @property
    def allowed_events(self) -> int:
        return self.policy.allowed_events[self.rows.cohort.number - 1]

    @property
    def outcome(self) -> Outcome:
        """The computed outcome with its evidence, under the policy in force."""
        return self.under(self.rows.version)

    def under(self, version: ProtocolVersion) -> Outcome:
        """The outcome under the gate policy of another protocol version, that of an earlier decision for instance."""
        definition = version.definition
        return gate_outcome(
            self.facts,
            policy=definition.gate,
            plan=definition.cohort(self.rows.cohort.number),
            timezone=definition.timezone,
            as_of=self.at,
        )


def assess(cohort: Cohort, *, at: datetime) -> Assessment:
    """The gate with everything it looks at. Nine queries."""
    rows = cohort_rows(cohort)
    items = checklist(rows)
    facts = facts_of(rows, incomplete=tuple(item.text for item in items if not item.is_met))
    result = evaluate_gate(
        facts, policy=rows.definition.gate, cohort=rows.plan, timezone=rows.definition.timezone, as_of=at
    )
    return Assessment(rows=rows, checklist=items, facts=facts, result=result, at=at)


def cohort_facts(cohort: Cohort, *, at: datetime) -> CohortFacts:
    """The facts of the gate rule; the rule itself leaves out what was recorded after ``at``."""
    return assess(cohort, at=at).facts


def gate_result(cohort: Cohort, *, at: datetime) -> GateResult:
    return assess(cohort, at=at).result
