"""The document that ``explain gate`` reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from safety.rules.gate_facts import FATAL_GRADE, StopReason
from safety.rules.states import GateDecision, Relationship
from trial.documents.parsing import (
    Flag,
    InputModel,
    InstantOrDay,
    InstantOrDayEnd,
    InstantOrDayStart,
    InstantOrPartialDay,
    Number,
    Text,
    Whole,
)

LARGEST_FRACTION = Decimal(5)
"""Above this a fraction was surely written in percent, and 50 % would pass for fifty times the dose."""


def _identity(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise ValueError("must be a number or a text")
    return value


def _fraction(value: Decimal) -> Decimal:
    if not 0 <= value <= LARGEST_FRACTION:
        raise ValueError(f"must be a fraction, 1 for the whole dose, and at most {LARGEST_FRACTION}")
    return value


def _dose(value: Decimal) -> Decimal:
    if value < 0:
        raise ValueError("must not be negative")
    return value


def _planned_dose(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("must be more than 0")
    return value


Identity = Annotated[int | str, BeforeValidator(_identity)]
"""What subjects and events are numbered with; 1 and "1" are two different ones."""

Grade = Annotated[int, Field(strict=True, ge=1, le=FATAL_GRADE)]
Nth = Annotated[int, Field(strict=True, ge=1)]


class InfusionInput(InputModel):
    number: Nth
    started_at: InstantOrDayStart | None = None
    given_fraction: Annotated[Number, AfterValidator(_fraction)] | None = None
    planned_million_per_kg: Annotated[Number, AfterValidator(_planned_dose)] | None = None
    given_million_per_kg: Annotated[Number, AfterValidator(_dose)] | None = None
    stopped_for: StopReason | None = None


class SubjectInput(InputModel):
    """``slot`` and ``sentinel`` matter for dosing, not for the gate; they are read and have no effect."""

    number: Identity
    slot: Identity | None = None
    sentinel: Flag | None = None
    infusions: list[InfusionInput] | None = None
    withdrawn_on: InstantOrDay | None = None
    lost_on: InstantOrDay | None = None
    died_at: InstantOrDayStart | None = None
    death_reviewed_at: InstantOrDayEnd | None = None
    d28_visit_on: InstantOrDay | None = None
    phone_contact_on: InstantOrDay | None = None
    replaced_by: Identity | None = None


class GradeInput(InputModel):
    grade: Grade | None = None
    on: InstantOrDay | None = None
    recorded_at: InstantOrDayStart | None = None


class BaselineInput(InputModel):
    present: Flag | None = None
    grade: Grade | None = None


class EventInput(InputModel):
    id: Identity
    subject: Identity
    term: Text | None = None
    onset_at: InstantOrPartialDay | None = None
    grades: list[GradeInput] | None = None
    serious: Flag | None = None
    related_serious: Flag | None = None
    special_interest: Flag | None = None
    relationship: Relationship | None = None
    aware_at: InstantOrDayStart | None = None
    infusion_reaction: Flag | None = None
    stopped_infusion: Flag | None = None
    progression_of_ild: Flag | None = None
    baseline: BaselineInput | None = None
    voided: Flag | None = None
    voided_at: InstantOrDayStart | None = None
    recorded_at: InstantOrDayStart | None = None


class SignatureInput(InputModel):
    role: Text
    vote: GateDecision | None = None
    at: InstantOrDayStart | None = None


class DecisionInput(InputModel):
    decision: GateDecision
    at: InstantOrDayStart | None = None
    policy: Text | None = None
    signatures: list[SignatureInput] | None = None


class SuspensionInput(InputModel):
    since: InstantOrDayStart | None = None
    reason: Text | None = None


class GateInput(InputModel):
    as_of: InstantOrDayEnd
    cohort: Whole
    subjects: list[SubjectInput] | None = None
    events: list[EventInput] | None = None
    incomplete: list[Text] | None = None
    suspended: SuspensionInput | None = None
    decisions: list[DecisionInput] | None = None
