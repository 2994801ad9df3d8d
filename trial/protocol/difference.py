"""What an amendment changes: two definitions side by side, value by value."""

from __future__ import annotations

import json
from dataclasses import dataclass

from trial.protocol.definition_text import plain
from trial.protocol.paths import Plain, leaves
from trial.protocol.schema import ProtocolDefinition


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. ``old`` None: added; ``new`` None: taken away. A value of none reads "null"."""

    path: str
    old: str | None
    new: str | None


def difference(old: ProtocolDefinition, new: ProtocolDefinition) -> tuple[Change, ...]:
    """Every value that differs, in the order of the new definition, then what was taken away.

    Members of a list are matched by their code or number, so that a new visit in the middle is one addition.
    """
    before, after = _texts(old), _texts(new)
    changed = [Change(path, before.get(path), text) for path, text in after.items() if before.get(path) != text]
    removed = [Change(path, text, None) for path, text in before.items() if path not in after]
    return (*changed, *removed)


def _texts(definition: ProtocolDefinition) -> dict[str, str]:
    return {path: _text(value) for path, value in leaves(plain(definition))}


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
