"""What the pharmacy may do with a unit, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.rules.states import NOT_STARTED, ExcursionDecision, InfusionState, LotState, UnitState
from trial.protocol.schema import ProductPlan
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, product: chain of identity; Taiwan GCP Art. 93"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    lot_state: LotState
    lot_expires_at: datetime
    state: UnitState
    thawed_at: datetime | None
    use_by_at: datetime | None
    viability: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReading:
    """Who has confirmed having read the signed decision that opened the cohort: who issues, and any nurse."""

    issuer: bool
    nurse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """What is known of the suspension of a unit (mL). ``infused`` None: no infusion of it has ended."""

    held: Decimal
    infused: Decimal | None
    returned: Decimal
    destroyed: Decimal

    @property
    def unaccounted(self) -> Decimal:
        """What neither ran in nor was destroyed. Exact."""
        return self.held - (self.infused or Decimal(0)) - self.destroyed


def may_add(*, number: str, taken: bool, lot_state: LotState, lot_expires_at: datetime, at: datetime) -> Decision:
    """``taken``: a unit of this number was booked in already."""
    rejected = lot_state is LotState.REJECTED
    return Decision.of(
        [
            _reason("UNT-NUMBER", f"Unit {number} of this lot was booked in already.") if taken else None,
            _reason("UNT-UNRELEASED", "The lot is rejected.") if rejected else None,
            None if lot_expires_at > at else _reason("UNT-EXPIRED", "The lot has expired."),
        ]
    )


def may_assign(
    facts: UnitFacts, *, other_unit: str | None, infusion_state: InfusionState | None, at: datetime
) -> Decision:
    """``other_unit``: one that is assigned to this infusion already. ``infusion_state`` None: it is not planned."""
    return Decision.of(
        [
            *_lot(facts, at=at),
            _reason("UNT-INFUSION", "A unit is assigned to an infusion that is planned and not yet given.")
            if infusion_state not in NOT_STARTED
            else None,
            None if facts.state is UnitState.IN_STOCK else _state(facts),
            None if other_unit is None else _reason("UNT-TWICE", f"Unit {other_unit} is assigned to this infusion."),
        ]
    )


def may_thaw(facts: UnitFacts, *, at: datetime) -> Decision:
    return Decision.of(
        [
            *_lot(facts, at=at),
            None if facts.state is UnitState.ASSIGNED else _state(facts),
            None if facts.thawed_at is None else _reason("UNT-THAWED", "The unit was thawed already."),
        ]
    )


def may_unassign(facts: UnitFacts) -> Decision:
    """An assignment is taken back as long as the unit is frozen: a thawed one is used or destroyed."""
    thawed = facts.thawed_at is not None
    return Decision.of(
        [
            None if facts.state is UnitState.ASSIGNED else _state(facts),
            _reason("UNT-THAWED", "The unit is thawed: it does not go back into stock.") if thawed else None,
        ]
    )


def may_check_quality(facts: UnitFacts, *, plan: ProductPlan, at: datetime) -> Decision:
    """Quality control after thawing, and the label after it: in time, and viable enough. Limit inclusive."""
    minimum = plan.post_thaw_viability_minimum
    return Decision.of(
        [
            *_lot(facts, at=at),
            None if facts.state is UnitState.ASSIGNED else _state(facts),
            _use_by(facts, at=at),
            None
            if facts.viability is not None and facts.viability >= minimum
            else _reason("UNT-VIABILITY", f"The post-thaw viability must be at least {minimum * 100:.0f} %."),
        ]
    )


def may_issue(facts: UnitFacts, *, plan: ProductPlan, reading: DecisionReading | None, at: datetime) -> Decision:
    """``reading`` None: the cohort was opened without a decision to read (the first one)."""
    return may_check_quality(facts, plan=plan, at=at) + may_issue_after(reading)


def may_issue_after(reading: DecisionReading | None) -> Decision:
    """A gate decision reaches those who carry it out before product of its cohort leaves the pharmacy.

    Source: ICH E6(R3) 4.1 (safety decisions reach the site); house rule: who issues, and a nurse, have read it.
    """
    if reading is None:
        return Decision()
    source = "Gate rule: the signed decision is read before product is issued"
    return Decision.of(
        [
            None
            if reading.issuer
            else Reason(
                "UNT-DECISION-UNREAD", "Whoever issues has not confirmed having read the gate decision.", source
            ),
            None
            if reading.nurse
            else Reason("UNT-DECISION-UNREAD", "No nurse has confirmed having read the gate decision.", source),
        ]
    )


def may_take_back(facts: UnitFacts, *, volumes: Volumes, volume_ml: Decimal) -> Decision:
    """What comes back from the bedside: an issued unit, or the rest of an infused one. Bounds inclusive, mL."""
    most = volumes.held - (volumes.infused or Decimal(0))
    within = Decimal(0) <= volume_ml <= most
    going_on = facts.state is UnitState.INFUSED and volumes.infused is None
    return Decision.of(
        [
            None if facts.state in (UnitState.ISSUED, UnitState.INFUSED) else _state(facts),
            _reason("UNT-RUNNING", "The infusion of this unit has not ended.") if going_on else None,
            None if within else _reason("UNT-VOLUME", f"At most {most} mL can have come back; {volume_ml} mL cannot."),
        ]
    )


def may_destroy(
    facts: UnitFacts, *, volumes: Volumes, volume_ml: Decimal, decided: ExcursionDecision | None
) -> Decision:
    """A unit that will not be infused, or the rest of one that was. ``decided``: of the quarantine it stands in."""
    most = volumes.returned if facts.state is UnitState.INFUSED else volumes.held
    waits = facts.state is UnitState.QUARANTINED and decided is not ExcursionDecision.DESTROY
    no_rest = facts.state is UnitState.INFUSED and not volumes.returned
    return Decision.of(
        [
            _state(facts) if facts.state is UnitState.DESTROYED or no_rest else None,
            _reason("UNT-QUARANTINE", "Quality assurance has not decided to destroy the quarantined unit.")
            if waits
            else None,
            None
            if Decimal(0) <= volume_ml <= most
            else _reason("UNT-VOLUME", f"The unit holds {most} mL; {volume_ml} mL cannot be destroyed."),
        ]
    )


def may_reconcile(facts: UnitFacts, *, volumes: Volumes, note: str) -> Decision:
    """Close the account of a unit: what is missing is explained in words. Source: Taiwan GCP Art. 93."""
    ended = facts.state is UnitState.INFUSED and volumes.infused is not None
    kept = volumes.returned - volumes.destroyed if facts.state is UnitState.INFUSED else Decimal(0)
    unexplained = volumes.unaccounted != 0 and not note.strip()
    return Decision.of(
        [
            None if ended or facts.state is UnitState.DESTROYED else _state(facts),
            _reason("UNT-REST", f"{kept} mL came back and are not destroyed yet.") if kept > 0 else None,
            _reason("UNT-DIFFERENCE", f"{volumes.unaccounted} mL are not accounted for: say why.")
            if unexplained
            else None,
        ]
    )


def may_set_aside(facts: UnitFacts) -> Decision:
    usable = facts.state in (UnitState.IN_STOCK, UnitState.ASSIGNED, UnitState.ISSUED, UnitState.RETURNED)
    return Decision.of([None if usable else _state(facts)])


def may_decide_quarantine(*, is_open: bool, decision: ExcursionDecision, rationale: str) -> Decision:
    """Quality assurance decides once, with its rationale."""
    return Decision.of(
        [
            None if is_open else _reason("UNT-DECIDED", "This quarantine is decided already."),
            _reason("UNT-DECISION", "Decide: usable, or to be destroyed.")
            if decision is ExcursionDecision.OPEN
            else None,
            None if rationale.strip() else _reason("UNT-RATIONALE", "Say why, in words."),
        ]
    )


def other_donors(donor: str, *, earlier: Iterable[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """Infusions (number, donor code) of the same subject whose donor is another one: no refusal, a warning.

    Source: domain rule 6.2 (anti-HLA antibodies after cells of several donors).
    """
    return tuple(sorted((number, code) for number, code in earlier if code != donor))


def _lot(facts: UnitFacts, *, at: datetime) -> tuple[Reason | None, ...]:
    return (
        None
        if facts.lot_state is LotState.RELEASED
        else _reason("UNT-UNRELEASED", "The lot is not released by quality assurance."),
        None if facts.lot_expires_at > at else _reason("UNT-EXPIRED", "The lot has expired."),
    )


def _use_by(facts: UnitFacts, *, at: datetime) -> Reason | None:
    if facts.use_by_at is not None and facts.use_by_at > at:
        return None
    return _reason("UNT-USE-BY", "The unit is not thawed, or past its use-by time.")


def _state(facts: UnitFacts) -> Reason:
    return _reason("UNT-STATE", f"The unit is {_word(facts.state)}.")


def _word(state: UnitState) -> str:
    return state.replace("_", " ").lower()


def _reason(code: str, message: str) -> Reason:
    return Reason(code, message, _SOURCE)
