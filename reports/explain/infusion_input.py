"""The document of ``explain infusion``, as typed input. ``None`` means "not known", which is never enough."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from dosing.rules.guard_facts import HoldScope
from dosing.rules.states import DoseModel, InfusionState, LotState, PregnancyResult, UnitState
from trial.documents.parsing import Day, Flag, InputModel, Instant, Number, Text
from trial.rules.roles import Role

Nth = Annotated[int, Field(strict=True, ge=1)]
Fraction = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(gt=0)]

# A hold or a quarantine of which nobody knows when it began is in force; a version of unknown approval is older than
# any other.
ALWAYS = datetime(1900, 1, 1, tzinfo=UTC)


class SlotInput(InputModel):
    """``cohort`` None: no slot."""

    cohort: Nth | None = None
    allocated_at: Instant | None = None
    vacated_at: Instant | None = None


class ClearanceInput(InputModel):
    opened_at: Instant | None = None
    revoked_at: Instant | None = None
    revoked_reason: Text | None = None
    valid_until: Instant | None = None
    read_at: Instant | None = None


class HoldInput(InputModel):
    scope: HoldScope
    reason: Text | None = None
    placed_at: Instant | None = None
    lifted_at: Instant | None = None


class ConsentInput(InputModel):
    version: Text | None = None
    approved_on: Day | None = None
    given_at: Instant | None = None
    withdrawn_at: Instant | None = None


class RequiredConsentInput(InputModel):
    version: Text | None = None
    approved_on: Day


class EligibilityInput(InputModel):
    signed_at: Instant | None = None
    intact: Flag | None = None
    verdict: Text | None = None
    stands_until: Day | None = None


class EarlierInput(InputModel):
    number: Nth
    state: InfusionState | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None


class CohortInfusionInput(InputModel):
    """An infusion of another subject of the cohort, also of one who left it."""

    subject: Text
    number: Nth
    started_at: Instant


class QuarantineInput(InputModel):
    began_at: Instant | None = None
    decided_at: Instant | None = None


class ProductInput(InputModel):
    lot_state: LotState | None = None
    lot_released_at: Instant | None = None
    lot_expires_at: Instant | None = None
    failed_tests: tuple[Text, ...] | None = None
    unit_state: UnitState | None = None
    issued_at: Instant | None = None
    use_by_at: Instant | None = None
    viability: Fraction | None = None
    assigned_to: Text | None = None
    assigned_infusion: Nth | None = None
    quarantines: tuple[QuarantineInput, ...] | None = None
    total_cells: Positive | None = None
    volume_ml: Positive | None = None


class FirstCheckInput(InputModel):
    username: Text
    signed_at: Instant | None = None


class PersonInput(InputModel):
    """``role`` is read and shown to nobody: the delegation decides, and it presupposes the role."""

    username: Text
    role: Role | None = None
    delegated: Flag | None = None
    signed_at: Instant | None = None


class DayInput(InputModel):
    weight_kg: Positive | None = None
    weight_measured_at: Instant | None = None
    pregnancy_result: PregnancyResult | None = None
    pregnancy_collected_at: Instant | None = None
    laboratory_collected_at: Instant | None = None
    laboratory_acceptable: Flag | None = None
    signed_off_at: Instant | None = None


class InfusionInput(InputModel):
    at: Instant
    started_at: Instant | None = None
    late_entry_reason: Text | None = None
    subject: Text
    infusion_number: Nth
    same_protocol_version: Flag | None = None
    can_be_pregnant: Flag | None = None
    died_at: Instant | None = None
    withdrawn_on: Day | None = None
    lost_on: Day | None = None
    slot: SlotInput | None = None
    clearances: tuple[ClearanceInput, ...] | None = None
    holds: tuple[HoldInput, ...] | None = None
    consents: tuple[ConsentInput, ...] | None = None
    required_consents: tuple[RequiredConsentInput, ...] | None = None
    eligibility: EligibilityInput | None = None
    earlier_infusions: tuple[EarlierInput, ...] | None = None
    cohort_infusions: tuple[CohortInfusionInput, ...] | None = None
    interval_reason: Text | None = None
    product: ProductInput | None = None
    dose_model: DoseModel | None = None
    performer: PersonInput | None = None
    first_check: FirstCheckInput | None = None
    verifier: PersonInput | None = None
    day: DayInput | None = None
