"""The dosing guard: every reason why an infusion may not start.

PostgreSQL enforces the same conditions with the same codes (``dosing/migrations/sql``, function
``stepwise_infusion_reasons``); a test starts from
facts that allow an infusion, breaks one thing at a time, and asks both.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dosing.rules.guard_day import day_reasons
from dosing.rules.guard_dose import dose_reasons
from dosing.rules.guard_facts import GuardFacts
from dosing.rules.guard_intervals import interval_reasons
from dosing.rules.guard_people import people_reasons
from dosing.rules.guard_permission import permission_reasons
from dosing.rules.guard_product import product_reasons
from dosing.rules.guard_subject import subject_reasons
from trial.protocol.schema import ProductPlan, Regimen
from trial.rules.decision import Decision, Reason


def can_infuse(facts: GuardFacts, *, regimen: Regimen, product: ProductPlan, at: datetime) -> Decision:
    """Whether this infusion may start at ``at``: the complete list of blocks, in the order in which they are cleared.

    Source: Protocol, staged escalation and regimen; ICH E6(R3) 4.3.4(h) (critical functionality).
    """
    return Decision(
        (
            *permission_reasons(facts, at=at),
            *subject_reasons(facts, at=at),
            *interval_reasons(facts, regimen=regimen, at=at),
            *day_reasons(facts, regimen=regimen, at=at),
            *product_reasons(facts, plan=product, at=at),
            *dose_reasons(facts, regimen=regimen),
            *people_reasons(facts, at=at),
        )
    )


def may_start(
    facts: GuardFacts,
    *,
    facts_now: GuardFacts,
    regimen: Regimen,
    product: ProductPlan,
    started_at: datetime,
    at: datetime,
    late_entry_reason: str = "",
) -> Decision:
    """Whether a start at ``started_at`` may be recorded at ``at``. ``facts``: as of then; ``facts_now``: as of ``at``.

    A start within the tolerance is one at the bedside: it is judged by the conditions of then *and* of now, so that
    nobody dates a start back behind a hold. An earlier one is a late entry: it needs a reason, and is judged by the
    conditions of its own time. Source: decisions 13 and 22.
    """
    decision = can_infuse(facts, regimen=regimen, product=product, at=started_at)
    if started_at > at:
        return decision + Decision((_in_future(),))
    if started_at < at - timedelta(minutes=regimen.live_start_tolerance_minutes):
        return decision if late_entry_reason.strip() else decision + Decision((_late_without_reason(regimen),))
    now = can_infuse(facts_now, regimen=regimen, product=product, at=at)
    return decision + Decision(tuple(r for r in now.reasons if r.code not in decision.codes))


def _in_future() -> Reason:
    return Reason("DOS-FUTURE", "The start lies in the future. Enter the time at which it started.", "House rule")


def _late_without_reason(regimen: Regimen) -> Reason:
    return Reason(
        "DOS-LATE-REASON",
        f"The start lies more than {regimen.live_start_tolerance_minutes} minutes back: say why it is entered late.",
        "ICH E6(R3) 4.3.6; R24 (late entry)",
    )
