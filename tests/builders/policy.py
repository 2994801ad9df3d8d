"""The shipped gate policy and cohorts, with one thing changed where a test says so."""

from __future__ import annotations

from trial.protocol.loading import shipped_definition, under_preset
from trial.protocol.schema import CohortPlan, GatePolicy, Trigger


def gate_policy(trigger: Trigger = Trigger.ANY_TEAE, **changes: object) -> GatePolicy:
    preset = under_preset(shipped_definition(), trigger)
    return GatePolicy.model_validate(preset.model_dump() | changes)


def cohort_plan(number: int = 1) -> CohortPlan:
    return shipped_definition().cohort(number)
