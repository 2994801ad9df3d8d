"""Whether a subject may take the next slot."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.rules.states import SubjectState
from trial.rules.decision import Decision, Reason

_COHORTS = "Protocol, cohorts: subjects 1-3, 4-7, 8-10"
_CONSENT = "ICH E6(R3) 2.8 (informed consent)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFacts:
    """``next_slot`` None: every planned slot is filled. ``signed_intact`` None: nobody has signed eligibility."""

    state: SubjectState
    consented: bool
    signed_intact: bool | None
    next_slot: str | None
    next_cohort: int | None
    next_cohort_open: bool
    filled: tuple[tuple[int, int, int], ...]
    subjects_ever: int
    subjects_cap: int


def may_allocate(facts: AllocationFacts) -> Decision:
    """Every reason against allocating this subject now. ``filled``: (cohort, filled, planned) in order.

    Source: Protocol, cohorts; decision 7 (cohort open, next vacant slot, caps, consent, signed eligibility).
    """
    return Decision.of([_state(facts), _consent(facts), _eligibility(facts), _slot(facts), _cap(facts)])


def _state(facts: AllocationFacts) -> Reason | None:
    if facts.state is SubjectState.ELIGIBLE:
        return None
    word = facts.state.replace("_", " ").lower()
    return Reason("ALC-STATE", f"Only an eligible subject can be allocated; this one is: {word}.", _COHORTS)


def _consent(facts: AllocationFacts) -> Reason | None:
    if facts.consented:
        return None
    return Reason("ALC-CONSENT", "A signed informed consent in force is needed.", _CONSENT)


def _eligibility(facts: AllocationFacts) -> Reason | None:
    if facts.signed_intact:
        return None
    if facts.signed_intact is None:
        return Reason("ALC-ELIGIBILITY-UNSIGNED", "An investigator signs eligibility first.", "Protocol, eligibility")
    message = "A fact changed after eligibility was signed: the signature is broken. Sign again."
    return Reason("ALC-ELIGIBILITY-BROKEN", message, "Protocol, eligibility")


def _slot(facts: AllocationFacts) -> Reason | None:
    counts = ", ".join(f"cohort {number}: {filled} of {planned}" for number, filled, planned in facts.filled)
    if facts.next_slot is None:
        return Reason("ALC-NO-SLOT", f"All planned slots are filled ({counts}).", _COHORTS)
    if facts.next_cohort_open:
        return None
    message = (
        f"The next free slot is {facts.next_slot}, and cohort {facts.next_cohort} is closed ({counts}). "
        "It opens when the gate before it is decided and signed; until then the subject waits."
    )
    return Reason("ALC-COHORT-CLOSED", message, "Protocol, staged escalation")


def _cap(facts: AllocationFacts) -> Reason | None:
    if facts.subjects_ever < facts.subjects_cap:
        return None
    message = f"{facts.subjects_ever} subjects have been allocated; the protocol allows {facts.subjects_cap} in all."
    return Reason("ALC-CAP", message, "Protocol, enrolment (PC-02)")
