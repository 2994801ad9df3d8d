"""Invented people, and their identities in the vault. No number here is anybody's."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from enrollment.models import Subject, SubjectIdentity
from enrollment.rules.identity_document import Identity
from enrollment.rules.states import NumberKind
from enrollment.services import identities

if TYPE_CHECKING:
    from tests.builders.scenario import TrialScenario


def person(**changes: Any) -> Identity:
    """Somebody in Taichung, all fields known."""
    values: dict[str, Any] = {
        "full_name": "歐陽無名",
        "latin_name": "Ou-Yang Wu-Ming",
        "number_kind": NumberKind.TAIWAN_ID,
        "number": "B187654324",
        "born_on": date(1948, 3, 29),
        "phone": "0955-731-946",
        "email": "wuming.ouyang@mailbox.example",
        "address": "臺中市北區無此路 987 號 6 樓",
        "contact_name": "司徒不在",
        "contact_phone": "0966-284-517",
        "record_number": "MRN-7719305",
    }
    return Identity(**values | changes)


def typed(identity: Identity, **more: str) -> dict[str, str]:
    """The identity as a form or a program sends it."""
    return identity.as_texts() | more


def recorded(scenario: TrialScenario, subject: Subject, identity: Identity | None = None) -> SubjectIdentity:
    """The identity of a subject, recorded by the coordinator."""
    return identities.record(
        subject=subject, identity=identity or person(), by=scenario.people["coordinator"], at=scenario.at
    )
