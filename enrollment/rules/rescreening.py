"""Screening a participant again after a failure: when it may be begun, and which facts are carried over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrollment.rules.states import SubjectState
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, screening failure and re-screening"

# What stays true of a person, or was true in the past: birth, sex, diagnoses, treatment so far, the reference tests.
# Everything else is asked again: it expires, or was a judgement on values that do. A fact that no rule names here is
# left out. Statements that count as yes while they are empty are carried over, so that a "no" is not lost.
DURABLE_KEYS = frozenset(
    {
        "birth_date",
        "sex",
        "childbearing_potential",
        "childbearing_reason",
        "ctd",
        "overlap_started_on",
        "overlap_ended_on",
        "pathway_b_overlap_started_on",
        "treatments",
        "immunosuppressant_attested",
        "steroid_drug",
        "steroid_mg_per_day",
        "weight_kg",
        "fvc_reference_l",
        "fvc_reference_pct_pred",
        "pft_reference_on",
        "dlco_reference",
        "dlco_reference_pct_pred",
        "dlco_unit",
        "dlco_same_correction",
        "ct_reference_on",
        "symptom_onset_on",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RescreeningFacts:
    """``attempts``: those made so far, the first included. ``max_rescreens``: further ones that the protocol allows."""

    state: SubjectState
    attempts: int
    max_rescreens: int
    reason: str

    @property
    def left(self) -> int:
        return max(0, self.max_rescreens + 1 - self.attempts)


def may_rescreen(facts: RescreeningFacts) -> Decision:
    """Every reason against another attempt. Consent is not asked for here: who refused may be asked again in it."""
    word = facts.state.replace("_", " ").lower()
    limit = f"Screened {facts.attempts} times; the protocol allows {facts.max_rescreens} re-screenings."
    return Decision.of(
        [
            None
            if facts.state is SubjectState.SCREEN_FAILED
            else Reason("RSC-STATE", f"Only after a failed screening: this subject is {word}.", _SOURCE),
            None if facts.left else Reason("RSC-LIMIT", limit, _SOURCE),
            None
            if facts.reason.strip()
            else Reason("RSC-REASON", "Say why this participant is screened again.", "ICH E6(R3) 4.2.4"),
        ]
    )


def carried_facts(facts: Mapping[str, Any], *, interviews: Mapping[str, bool]) -> dict[str, Any]:
    """The facts with which a re-screening begins: the durable ones, and what the interviews in force found."""
    return {key: value for key, value in facts.items() if key in DURABLE_KEYS} | dict(interviews)
