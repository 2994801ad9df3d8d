"""Whether a subject may take the next slot."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.rules.states import SubjectState
from trial.protocol.schema import CohortPlan, ProtocolDefinition
from trial.rules.decision import Decision, Reason

_COHORTS = "Protocol, cohorts: subjects 1-3, 4-7, 8-10"
_CONSENT = "ICH E6(R3) 2.8 (informed consent)"
_ELIGIBILITY = "Protocol, eligibility"
_CAP = "Protocol, enrolment (PC-02)"
_REPLACEMENT = "Gate policy, replacement: maximum_replacements_per_cohort (PC-02)"
_ORDER = "House rule: who waits longest comes first"


@dataclass(frozen=True, slots=True)
class Cap:
    """So many there are, so many the protocol allows."""

    used: int
    most: int

    @property
    def is_reached(self) -> bool:
        return self.used >= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFacts:
    """``next_slot`` None: every planned slot is filled. ``signed_intact`` None: nobody has signed eligibility.

    ``filled``: (cohort, filled, planned) in order. ``is_replacement``: somebody had the next slot before.
    ``subjects``: allocated ever. ``in_cohort``, ``cohort_replacements``: of the next slot's cohort, None without one.
    ``ahead``: codes of those who wait longer, in order. ``order_reason``: why this subject is taken before them.
    """

    state: SubjectState
    consented: bool
    signed_intact: bool | None
    next_slot: str | None
    next_number: int | None
    next_cohort: int | None
    next_cohort_open: bool
    is_replacement: bool
    filled: tuple[tuple[int, int, int], ...]
    subjects: Cap
    in_cohort: Cap | None
    cohort_replacements: Cap | None
    replacements: Cap
    ahead: tuple[str, ...]
    order_reason: str = ""


def most_in_cohort(plan: CohortPlan, definition: ProtocolDefinition) -> int:
    """Subjects whom the cohort may ever have: its slots, and its replacements. Source: gate policy, replacement."""
    return plan.size + definition.gate.maximum_replacements_per_cohort


def most_replacements(definition: ProtocolDefinition) -> int:
    """Replacements in the whole study: what the cap on subjects leaves beside the planned slots. Source: PC-02."""
    return max(0, definition.study.max_dosed - sum(cohort.size for cohort in definition.cohorts))


def may_allocate(facts: AllocationFacts) -> Decision:
    """Every reason against allocating this subject now.

    Source: Protocol, cohorts; decision 7 (cohort open, next vacant slot, caps, consent, signed eligibility). Intervals
    between subjects are rules of the start of an infusion, not of allocation.
    """
    return Decision.of(
        [
            _state(facts),
            _consent(facts),
            _eligibility(facts),
            _slot(facts),
            *_caps(facts),
            _order(facts),
        ]
    )


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
        return Reason("ALC-ELIGIBILITY-UNSIGNED", "An investigator signs eligibility first.", _ELIGIBILITY)
    message = "A fact changed after eligibility was signed: the signature is broken. Sign again."
    return Reason("ALC-ELIGIBILITY-BROKEN", message, _ELIGIBILITY)


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


def _caps(facts: AllocationFacts) -> list[Reason]:
    """The caps on exposure: of the study, of the cohort, and of replacements where the next slot is one."""
    reasons = []
    if facts.subjects.is_reached:
        text = f"{facts.subjects.used} subjects have been allocated; the protocol allows {facts.subjects.most} in all."
        reasons.append(Reason("ALC-CAP", text, _CAP))
    cohort = facts.in_cohort
    if cohort is not None and cohort.is_reached:
        text = (
            f"Cohort {facts.next_cohort} has had {cohort.used} subjects; with its replacements it may have at most "
            f"{cohort.most}."
        )
        reasons.append(Reason("ALC-COHORT-CAP", text, _REPLACEMENT))
    if not facts.is_replacement:
        return reasons
    own = facts.cohort_replacements
    if own is not None and own.is_reached:
        text = f"{own.used} subjects of cohort {facts.next_cohort} have been replaced; at most {own.most} are."
        reasons.append(Reason("ALC-REPLACEMENTS", text, _REPLACEMENT))
    if facts.replacements.is_reached:
        text = (
            f"{facts.replacements.used} subjects of the study have been replaced; beside the planned slots its cap "
            f"leaves {facts.replacements.most}."
        )
        reasons.append(Reason("ALC-REPLACEMENTS-TOTAL", text, _CAP))
    return reasons


def _order(facts: AllocationFacts) -> Reason | None:
    if not facts.ahead or facts.order_reason.strip():
        return None
    longer = "1 eligible subject waits" if len(facts.ahead) == 1 else f"{len(facts.ahead)} eligible subjects wait"
    message = f"{longer} longer. Allocate in the order of the waiting list, or say why this one comes first."
    return Reason("ALC-ORDER", message, _ORDER)
