"""What the code on a label says: the unit's own identifier, alone or inside an address, or lot and number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

_IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_LABEL = re.compile(r"(?P<lot>[A-Za-z0-9][A-Za-z0-9._-]*)/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True)
class UnitCode:
    """Either ``identifier`` or lot and number."""

    identifier: UUID | None = None
    lot: str = ""
    number: str = ""


def read_unit_code(text: str) -> UnitCode | None:
    """``None`` for what no label says. A scanner may add spaces, capitals, or the address of the unit's page."""
    found = _IDENTIFIER.search(text)
    if found:
        return UnitCode(identifier=UUID(found.group()))
    label = _LABEL.fullmatch(text.strip())
    return UnitCode(lot=label["lot"], number=label["number"]) if label else None
