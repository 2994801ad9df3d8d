"""Who the participants of the demonstration would be. Invented, and seen to be: no number here can be anybody's."""

from __future__ import annotations

from datetime import date, datetime

from enrollment.models import Subject
from enrollment.rules.identity_document import Identity
from enrollment.rules.states import NumberKind, OpeningPurpose
from enrollment.services import identities
from trial.models import User

_SIGNS = "甲乙丙丁戊己庚辛壬癸"


def invented(number: int, *, born_on: date) -> Identity:
    """The participant of that number, from 1 on."""
    sign = _SIGNS[(number - 1) % len(_SIGNS)]
    return Identity(
        full_name=f"示範{sign}",
        latin_name=f"Demonstration {number}",
        number_kind=NumberKind.OTHER,
        number=f"DEMO{number:05d}",
        born_on=born_on,
        phone=f"00-0000-{number:04d}",
        email=f"participant{number}@stepwise.example",
        address=f"示範市虛構路 {number} 號",
        contact_name=f"虛構{sign}",
        contact_phone=f"00-0001-{number:04d}",
        record_number=f"MR-DEMO-{number:04d}",
    )


def record(subject: Subject, people: dict[str, User], *, number: int, born_on: date, at: datetime) -> None:
    identity = invented(number, born_on=born_on)
    identities.record(subject=subject, identity=identity, by=people["coordinator"], at=at)


def compare(subject: Subject, people: dict[str, User], *, at: datetime) -> None:
    """The nurse compares the person at the bedside with the identity on file."""
    identities.open_identity(subject=subject, purpose=OpeningPurpose.IDENTITY_CHECK, note="", by=people["nurse"], at=at)
