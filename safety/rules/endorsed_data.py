"""The data of a subject that the investigator endorses for the gate, in one canonical form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trial.rules.canonical import canonical_json, sha256_hex


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsedInfusion:
    number: int
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    given_million_per_kg: Decimal | None
    stop_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsedVisit:
    code: str
    state: str
    done_at: datetime | None
    adverse_events_asked: str
    note: str
    missed_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsedContact:
    """A telephone contact that stands."""

    contacted_at: datetime
    adverse_events_asked: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsedGrade:
    grade: int
    graded_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsedEvent:
    """Everything of an event that weighs at a gate. A voided event stays, as voided."""

    number: int
    reported_term: str
    ctcae_term: str
    onset: str
    ended: str
    grades: tuple[EndorsedGrade, ...]
    serious: bool
    seriousness_criteria: tuple[str, ...]
    relationship: str
    special_interest: bool
    infusion_reaction: bool
    stopped_infusion: bool
    baseline_present: bool
    baseline_grade: int | None
    outcome: str
    action_taken: str
    voided: bool


def endorsement_content(
    *,
    study: str,
    subject: str,
    infusions: Sequence[EndorsedInfusion],
    visits: Sequence[EndorsedVisit],
    contacts: Sequence[EndorsedContact],
    events: Sequence[EndorsedEvent],
) -> dict[str, Any]:
    """What the signature covers: whoever changes any of it breaks the endorsement.

    Telephone contacts stand in it only where there are any: what was signed without them covers the same as before.

    Source: ICH E6(R3) Annex 1, sponsor data (o).
    """
    return {
        "type": "endorsement",
        "study": study,
        "subject": subject,
        "infusions": [asdict(row) for row in infusions],
        "visits": [asdict(row) for row in visits],
        **({"contacts": [asdict(row) for row in contacts]} if contacts else {}),
        "events": [asdict(row) for row in events],
    }


def content_sha256(content: dict[str, Any]) -> str:
    return sha256_hex(canonical_json(content))
