"""Which adverse events count against the gate under a policy, and why each of the others does not."""

from __future__ import annotations

from datetime import datetime

from safety.rules.causality import NOT_RELATED
from safety.rules.dose_limiting import dose_limiting
from safety.rules.emergence import emergence
from safety.rules.finding import Finding, Weight, counts, does_not_count
from safety.rules.gate_facts import EventFacts, SubjectFacts
from safety.rules.observation import ObservationWindow
from safety.rules.states import Relationship
from trial.protocol.schema import GatePolicy, Trigger
from trial.rules.site_time import site_date


def judge_event(
    event: EventFacts,
    *,
    subject: SubjectFacts,
    window: ObservationWindow | None,
    policy: GatePolicy,
    as_of: datetime,
    timezone: str,
) -> Finding:
    """Whether this is a trigger event of the gate: valid, treatment-emergent in the window, of the policy's kind.

    Events of replaced and of non-evaluable subjects are judged like all others.

    Source: gate policy ``trigger``; NCT06574581, "if no adverse events".
    """
    if event.voided:
        on = f" on {site_date(event.voided_at, timezone=timezone)}" if event.voided_at else ""
        return does_not_count(f"it was voided{on} as entered in error")
    if event.progression_of_ild and not policy.progression_of_ild_counts:
        return does_not_count("progression of the lung disease is a separate endpoint under this policy")
    emerged = emergence(event, window=window, policy=policy)
    if emerged.weight is Weight.DOES_NOT_COUNT or window is None:
        return emerged
    kind = _kind(event, subject=subject, window=window, policy=policy, as_of=as_of, timezone=timezone)
    if kind.weight is Weight.DOES_NOT_COUNT:
        return kind
    undecided = emerged if emerged.weight is Weight.UNDETERMINED else kind
    return Finding(undecided.weight, f"{emerged.why}; {kind.why}")


def _kind(
    event: EventFacts,
    *,
    subject: SubjectFacts,
    window: ObservationWindow,
    policy: GatePolicy,
    as_of: datetime,
    timezone: str,
) -> Finding:
    if policy.trigger is Trigger.ANY_TEAE:
        return counts("any treatment-emergent adverse event counts, of any grade and whatever its cause")
    if policy.trigger is Trigger.ANY_RELATED_TEAE:
        return _related(event)
    return dose_limiting(event, subject=subject, window=window, policy=policy, as_of=as_of, timezone=timezone)


def _related(event: EventFacts) -> Finding:
    if event.relationship in NOT_RELATED:
        return does_not_count(f"its relationship to the study treatment is {event.relationship.value}")
    if event.relationship is Relationship.NOT_ASSESSED:
        return counts("its relationship is not assessed, which counts as related")
    return counts(f"its relationship to the study treatment is {event.relationship.value}")
