"""The gate as one document: the same shape for programs, for the command ``explain gate`` and for tests."""

from __future__ import annotations

from safety.rules.gate import GateResult


def gate_answer(result: GateResult) -> dict[str, object]:
    """Keys as in the contract of ``explain gate``; values are those of the rules, rendered at the edge."""
    limits = result.upper_limits
    return {
        "result": result.result,
        "reasons": result.reasons,
        "qualifying_events": [{"id": event.id, "why": event.why} for event in result.qualifying_events],
        "other_events": [{"id": event.id, "why_not": event.why} for event in result.other_events],
        "subjects": [
            {
                "number": subject.number,
                "window_opens_at": subject.window_opens_at,
                "window_closes_at": subject.window_closes_at,
                "evaluable": subject.evaluable,
                "why": subject.why,
            }
            for subject in result.subjects
        ],
        "earliest_review_at": result.earliest_review_at,
        "next_cohort_open": result.next_cohort_open,
        "state": result.state,
        "signatures_missing": result.signatures_missing,
        "under": {trigger.value: verdict for trigger, verdict in result.under.items()},
        "upper_confidence_limit_percent": {
            "events": limits.events,
            "subjects": limits.subjects,
            "level": limits.level,
            "one_sided": limits.one_sided,
            "two_sided": limits.two_sided,
        },
    }
