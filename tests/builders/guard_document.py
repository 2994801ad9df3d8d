"""Facts of the guard as the document of ``explain infusion`` that says the same."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from dosing.rules.guard_facts import Attendant, GuardFacts, Product

Document = dict[str, Any]


def infusion_document(facts: GuardFacts, *, at: datetime, cohort: int | None = None) -> Document:
    """``cohort``: its number in the document, where the definition gives the wanted number of infusions to another."""
    number = cohort or facts.cohort_number
    return {
        "at": _time(at),
        "subject": facts.subject,
        "infusion_number": facts.infusion_number,
        "same_protocol_version": facts.same_protocol_version,
        "can_be_pregnant": facts.can_be_pregnant,
        "died_at": _time(facts.died_at),
        "withdrawn_on": _day(facts.withdrawn_on),
        "lost_on": _day(facts.lost_on),
        "slot": None if number is None else {"cohort": number},
        "clearances": [
            {
                "opened_at": _time(each.opened_at),
                "revoked_at": _time(each.revoked_at),
                "revoked_reason": each.revoked_reason,
                "valid_until": _time(each.valid_until),
                "read_at": _time(each.read_at),
            }
            for each in facts.clearances
        ],
        "holds": [
            {
                "scope": hold.scope.value,
                "reason": hold.reason,
                "placed_at": _time(hold.in_force.starts_at),
                "lifted_at": _time(hold.in_force.ends_at),
            }
            for hold in facts.holds
        ],
        "consents": [
            {
                "version": consent.version,
                "approved_on": _day(consent.approved_on),
                "given_at": _time(consent.in_force.starts_at),
                "withdrawn_at": _time(consent.in_force.ends_at or facts.consent_withdrawn_at),
            }
            for consent in facts.consents
        ],
        "required_consents": [
            {"version": each.version, "approved_on": _day(each.approved_on)} for each in facts.required_consents
        ],
        "eligibility": facts.eligibility
        and {
            "signed_at": _time(facts.eligibility.signed_at),
            "intact": facts.eligibility.intact,
            "verdict": facts.eligibility.verdict,
            "stands_until": _day(facts.eligibility.stands_until),
        },
        "earlier_infusions": [
            {
                "number": each.number,
                "state": each.state,
                "started_at": _time(each.started_at),
                "ended_at": _time(each.ended_at),
            }
            for each in facts.earlier
        ],
        "cohort_infusions": [
            {"subject": f"other {index}", "number": 1, "started_at": _time(started)}
            for index, started in enumerate(facts.cohort_first_infusions)
        ],
        "interval_reason": facts.interval_reason or None,
        "product": facts.product and _product(facts.product),
        "dose_model": facts.dose_model.value,
        "performer": _person(facts.performer),
        "first_check": facts.first_check
        and {"username": facts.first_check.username, "signed_at": _time(facts.first_check.signed_at)},
        "verifier": _person(facts.verifier),
        "day": {
            "weight_kg": _number(facts.day.weight_kg),
            "weight_measured_at": _time(facts.day.weight_measured_at),
            "pregnancy_result": facts.day.pregnancy_result,
            "pregnancy_collected_at": _time(facts.day.pregnancy_collected_at),
            "laboratory_collected_at": _time(facts.day.laboratory_collected_at),
            "laboratory_acceptable": facts.day.laboratory_acceptable,
            "signed_off_at": _time(facts.day.signed_off_at),
        },
    }


def _product(product: Product) -> Document:
    return {
        "lot_state": product.lot_state,
        "lot_released_at": _time(product.lot_released_at),
        "lot_expires_at": _time(product.lot_expires_at),
        "failed_tests": list(product.failed_tests),
        "unit_state": product.unit_state,
        "issued_at": _time(product.issued_at),
        "use_by_at": _time(product.use_by_at),
        "viability": _number(product.viability),
        "assigned_to": product.assigned_to,
        "assigned_infusion": product.assigned_infusion,
        "quarantines": [
            {"began_at": _time(aside.starts_at), "decided_at": _time(aside.ends_at)} for aside in product.quarantines
        ],
        "total_cells": _number(product.total_cells),
        "volume_ml": _number(product.volume_ml),
    }


def _person(person: Attendant | None) -> Document | None:
    if person is None:
        return None
    return {"username": person.username, "delegated": person.delegated, "signed_at": _time(person.signed_at)}


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _day(day: object) -> str | None:
    return str(day) if day else None


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
