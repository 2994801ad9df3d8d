"""Whether the next cohort is open: a signed PROCEED, and nothing since that took it back.

Permission can be withdrawn by facts, and is granted by signatures only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from safety.rules.gate_facts import CohortFacts
from safety.rules.known import changes_between
from safety.rules.outcome import Outcome, Verdict, gate_outcome
from safety.rules.votes import Ballot, in_force
from trial.protocol.schema import CohortPlan
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date

DECISION_RULE = "Gate rule: PROCEED is effective when all signatories have signed it, and only from PASSED"
LATCH_RULE = "House rule: a permission that was withdrawn stays so until a new signed decision"
EXPIRY_RULE = "Gate policy: proceed_valid_days"


def next_cohort_may_open(
    facts: CohortFacts,
    *,
    ballots: Sequence[Ballot],
    outcome: Outcome,
    plan: CohortPlan,
    timezone: str,
    as_of: datetime,
) -> Decision:
    """Every reason against dosing the next cohort at ``as_of``.

    The gate must be PASSED now under the policy in force, and, since a new policy version concerns only decisions after
    it, also under the policy of the decision: now, when the decision was completed, and at every change in between.
    Source: gate policy, permission for the next cohort; house rules on latched revocation.
    """
    ruling = in_force(ballots)
    if ruling is None or not ruling.proceeds:
        return Decision(tuple(_without_permission(ballots, ruling=ruling)))
    return Decision(
        (
            *_not_passed_now(facts, ruling=ruling, outcome=outcome, plan=plan, timezone=timezone, as_of=as_of),
            *_taken_back(facts, ruling=ruling, plan=plan, timezone=timezone, as_of=as_of),
            *_expired(ruling, timezone=timezone, as_of=as_of),
        )
    )


def _without_permission(ballots: Sequence[Ballot], *, ruling: Ballot | None) -> Iterator[Reason]:
    if ruling is not None and ruling.stops:
        yield Reason("GATE-STOPPED", "The trial was stopped by a signed decision over this gate.", DECISION_RULE)
    elif ruling is not None and ruling.holds:
        against = f" ({', '.join(ruling.opposed)})" if ruling.opposed else ""
        yield Reason("GATE-HELD", f"The latest decision over this gate is a hold{against}.", DECISION_RULE)
    elif ruling is not None:
        yield Reason("GATE-EXPANDED", "The latest decision is to expand this cohort.", DECISION_RULE)
    elif not ballots:
        yield Reason("GATE-DECISION", "No decision over this gate is signed.", DECISION_RULE)
    else:
        for role in ballots[-1].missing:
            yield missing_signature(role)
        if not ballots[-1].missing:
            yield Reason("GATE-DECISION", "The policy does not allow the decision that was signed.", DECISION_RULE)


def missing_signature(role: str) -> Reason:
    return Reason("GATE-SIGNATURE", f"The signature of the {role.replace('_', ' ')} is missing.", DECISION_RULE)


def _not_passed_now(
    facts: CohortFacts, *, ruling: Ballot, outcome: Outcome, plan: CohortPlan, timezone: str, as_of: datetime
) -> Iterator[Reason]:
    if outcome.verdict is not Verdict.PASSED:
        yield Reason("GATE-RESULT", f"The gate now computes to {outcome.verdict}.", DECISION_RULE)
    own = gate_outcome(facts, policy=ruling.policy, plan=plan, timezone=timezone, as_of=as_of)
    if own.verdict not in (Verdict.PASSED, outcome.verdict):
        yield Reason(
            "GATE-RESULT", f"Under the policy of the decision the gate now computes to {own.verdict}.", DECISION_RULE
        )


def _taken_back(
    facts: CohortFacts, *, ruling: Ballot, plan: CohortPlan, timezone: str, as_of: datetime
) -> Iterator[Reason]:
    """Whether the gate was passed when the decision was completed, and at every later change.

    What stood open on the checklist at those times is not known any more, so the checklist is asked only now.
    """
    completed_at = ruling.completed_at or as_of

    def stood(at: datetime) -> bool:
        then = gate_outcome(facts, policy=ruling.policy, plan=plan, timezone=timezone, as_of=at)
        return not then.revoking_reasons

    if not stood(completed_at):
        yield Reason("GATE-EARLY", "The gate was not passed when the decision was completed.", DECISION_RULE)
    for changed_at in changes_between(facts, after=completed_at, until=as_of, timezone=timezone):
        if not stood(changed_at):
            on = site_date(changed_at, timezone=timezone)
            yield Reason("GATE-REVOKED", f"A fact that became known on {on} withdrew the permission.", LATCH_RULE)
            return


def _expired(ruling: Ballot, *, timezone: str, as_of: datetime) -> Iterator[Reason]:
    days = ruling.policy.proceed_valid_days
    if days is None:
        return
    completed_at = ruling.completed_at
    if completed_at is None:
        yield Reason("GATE-EXPIRED", "Since when the decision holds is not known, so it may have expired.", EXPIRY_RULE)
        return
    last_day = site_date(completed_at, timezone=timezone) + timedelta(days=days)
    if site_date(as_of, timezone=timezone) > last_day:
        yield Reason("GATE-EXPIRED", f"The decision was valid until {last_day}.", EXPIRY_RULE)
