"""Facts with which an infusion may start, but for what a test says; and what the guard answers."""

from __future__ import annotations

from dosing.rules.guard import can_infuse
from dosing.rules.guard_facts import Attendant, Clearance, Eligibility, GuardFacts, HoldScope
from tests.builders.guard import (
    AT,
    ago,
    first_infusion,
    hold,
    ok_consent,
    ok_day,
    ok_guard_facts,
    ok_product,
    ok_second_infusion,
)
from trial.protocol.loading import shipped_definition
from trial.protocol.schema import ProtocolDefinition

DEFINITION = shipped_definition()


def codes(facts: GuardFacts, *, when=AT, definition: ProtocolDefinition = DEFINITION) -> tuple[str, ...]:
    return can_infuse(facts, regimen=definition.regimen, product=definition.product, at=when).codes


def day(**wrong: object) -> GuardFacts:
    return ok_guard_facts(day=ok_day(**wrong))


def product(**wrong: object) -> GuardFacts:
    return ok_guard_facts(product=ok_product(**wrong))


def clearance(**wrong: object) -> GuardFacts:
    return ok_guard_facts(clearances=(Clearance(**({"opened_at": ago(days=60)} | wrong)),))


def consent(**wrong: object) -> GuardFacts:
    return ok_guard_facts(consents=(ok_consent(**wrong),))


def eligibility(**wrong: object) -> GuardFacts:
    signed = {"signed_at": ago(days=20), "intact": True, "verdict": "eligible"}
    return ok_guard_facts(eligibility=Eligibility(**(signed | wrong)))


def verifier(**wrong: object) -> GuardFacts:
    signed = {"username": "nurse2", "delegated": True, "signed_at": ago(minutes=5)}
    return ok_guard_facts(verifier=Attendant(**(signed | wrong)))


def held(scope: HoldScope, **period: object) -> GuardFacts:
    return ok_guard_facts(holds=(hold(scope, **period),))


def second(**wrong: object) -> GuardFacts:
    return ok_second_infusion(**wrong)


def after_first(started_at, **wrong: object) -> GuardFacts:
    return ok_second_infusion(earlier=(first_infusion(started_at=started_at, **wrong),))
