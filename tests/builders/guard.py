"""Facts of an infusion against which no reason stands; a test breaks one thing.

The second subject of cohort 1, sentinel and stagger over, everything signed, fresh and at the bedside.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dosing.rules.guard_facts import (
    Attendant,
    Clearance,
    Consent,
    DayFacts,
    EarlierInfusion,
    Eligibility,
    FirstCheck,
    GuardFacts,
    Hold,
    HoldScope,
    Period,
    Product,
)
from dosing.rules.states import InfusionState, LotState, PregnancyResult, UnitState

ZONE = "Asia/Taipei"
AT = datetime(2026, 3, 12, 10, 0, tzinfo=ZoneInfo(ZONE))
SECOND = timedelta(seconds=1)


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A site-local time, ``day`` days after the day of the infusion."""
    there = AT.replace(hour=hour, minute=minute) + timedelta(days=day)
    return there.astimezone(UTC)


def ago(**period: float) -> datetime:
    return AT - timedelta(**period)


def ok_day(**one_thing_wrong: Any) -> DayFacts:
    facts = DayFacts(
        weight_kg=Decimal("61.0"),
        weight_measured_at=ago(hours=1),
        pregnancy_result=PregnancyResult.NEGATIVE,
        pregnancy_collected_at=ago(hours=3),
        laboratory_collected_at=ago(hours=20),
        laboratory_acceptable=True,
        signed_off_at=ago(hours=1),
    )
    return replace(facts, **one_thing_wrong)


def ok_product(**one_thing_wrong: Any) -> Product:
    product = Product(
        lot_state=LotState.RELEASED,
        lot_released_at=ago(days=30),
        lot_expires_at=AT + timedelta(days=300),
        unit_state=UnitState.ISSUED,
        issued_at=ago(minutes=15),
        use_by_at=AT + timedelta(hours=1),
        viability=Decimal("0.88"),
        assigned_to="01-002",
        assigned_infusion=1,
        total_cells=Decimal("7.5E7"),
        volume_ml=Decimal("7.5"),
    )
    return replace(product, **one_thing_wrong)


def ok_consent(**one_thing_wrong: Any) -> Consent:
    consent = Consent(in_force=Period(starts_at=ago(days=40)), version="1.0", approved_on=date(2026, 1, 5))
    return replace(consent, **one_thing_wrong)


def ok_guard_facts(**one_thing_wrong: Any) -> GuardFacts:
    """A first infusion that may start at ``AT``, with what the test breaks."""
    facts = GuardFacts(
        subject="01-002",
        infusion_number=1,
        timezone=ZONE,
        same_protocol_version=True,
        cohort_number=1,
        cohort_infusions=1,
        can_be_pregnant=True,
        clearances=(Clearance(opened_at=ago(days=60)),),
        consents=(ok_consent(),),
        eligibility=Eligibility(signed_at=ago(days=20), intact=True, verdict="eligible"),
        cohort_first_infusions=(at(-14),),
        product=ok_product(),
        performer=Attendant(username="nurse", delegated=True),
        first_check=FirstCheck(username="nurse", signed_at=ago(minutes=6)),
        verifier=Attendant(username="nurse2", delegated=True, signed_at=ago(minutes=5)),
        day=ok_day(),
    )
    return replace(facts, **one_thing_wrong)


def ok_second_infusion(**one_thing_wrong: Any) -> GuardFacts:
    """A second infusion that may start at ``AT``: 28 days after the first, signed off."""
    facts = ok_guard_facts(
        infusion_number=2,
        cohort_number=2,
        cohort_infusions=2,
        clearances=(decided(),),
        earlier=(first_infusion(started_at=at(-28)),),
        product=ok_product(assigned_infusion=2),
    )
    return replace(facts, **one_thing_wrong)


def decided(**one_thing_wrong: Any) -> Clearance:
    """A clearance by a signed decision, which who infuses has read."""
    return replace(Clearance(opened_at=ago(days=60), is_decided=True, read_at=ago(days=59)), **one_thing_wrong)


def first_infusion(*, started_at: datetime, **one_thing_wrong: Any) -> EarlierInfusion:
    given = EarlierInfusion(
        number=1, state=InfusionState.COMPLETED, started_at=started_at, ended_at=started_at + timedelta(minutes=40)
    )
    return replace(given, **one_thing_wrong)


def hold(scope: HoldScope, *, placed_at: datetime, lifted_at: datetime | None = None) -> Hold:
    return Hold(scope=scope, reason="Review of an event", in_force=Period(starts_at=placed_at, ends_at=lifted_at))
