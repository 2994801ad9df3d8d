"""A participant's identity as it is sealed: one document that names the subject it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from enrollment.rules.identity_number import written_plainly
from enrollment.rules.states import NumberKind

_TYPE = "identity"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity:
    """Who a participant is. It has no text form, so that none gets into a log or an error page.

    ``number`` is written plainly. Empty text: not known. Source: Taiwan GCP articles 93 and 103.
    """

    full_name: str
    latin_name: str = ""
    number_kind: NumberKind
    number: str
    born_on: date
    phone: str = ""
    email: str = ""
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    record_number: str = ""

    def as_texts(self) -> dict[str, str]:
        """Every field as text, by its name."""
        return {field.name: _text(getattr(self, field.name)) for field in fields(self)}


def entered(values: Mapping[str, Any]) -> Identity:
    """The identity as somebody entered it: texts without the spaces around them, the number written plainly."""
    texts: dict[str, Any] = {name: value.strip() for name, value in values.items() if isinstance(value, str)}
    texts |= {"number": written_plainly(texts["number"]), "number_kind": NumberKind(texts["number_kind"])}
    return Identity(**texts, born_on=values["born_on"])


def to_document(identity: Identity, *, subject_code: str) -> bytes:
    """What is sealed. The subject's code within it makes a document worthless under another subject."""
    return json.dumps(
        {"type": _TYPE, "subject": subject_code, **identity.as_texts()}, ensure_ascii=False, sort_keys=True
    ).encode()


def from_document(document: bytes, *, subject_code: str) -> Identity | None:
    """The identity that was sealed for this subject; None when it was sealed for another one, or is none."""
    try:
        read = json.loads(document)
        if (read.pop("type"), read.pop("subject")) != (_TYPE, subject_code):
            return None
        kind, born_on = NumberKind(read.pop("number_kind")), date.fromisoformat(read.pop("born_on"))
        return Identity(number_kind=kind, born_on=born_on, **read)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
