"""Changing an adverse event that was recorded."""

from __future__ import annotations

from trial.rules.decision import Decision, Reason

JUDGED = frozenset(
    {
        "ctcae_term",
        "onset",
        "serious",
        "seriousness_criteria",
        "special_interest",
        "infusion_reaction",
        "stopped_infusion",
        "baseline_present",
        "baseline_grade",
        "outcome",
    }
)
"""Fields that weigh at a gate: a medical judgement, which is the investigator's."""

CAUSAL = frozenset({"relationship"})
"""Causality is assessed by an investigator and by nobody else. Source: ICH E6(R3) Annex 1; ICH E2A."""


def may_change(*, voided: bool, reason: str) -> Decision:
    """Every reason against changing an event: a change needs its reason, and a voided event is not changed."""
    return Decision.of(
        [
            Reason("AEV-VOIDED", "This event was voided; record it anew if it took place.", "House rule: void is final")
            if voided
            else None,
            None
            if reason.strip()
            else Reason("AEV-REASON", "A change of a saved value needs its reason.", "21 CFR 11.10(e); ICH E6(R3) 4.2"),
        ]
    )
