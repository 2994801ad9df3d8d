"""The installation's keys of the vault: how each is named, and what is answered when one is missing or does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trial.rules.decision import Reason

_SOURCE = "Decision 4; docs/adr/0008-identity-vault.md"
KEY_ID_LENGTH = 12


def key_id(key: str) -> str:
    """The name of an installation key: the first 12 hexadecimal digits of its SHA-256. It tells nothing of the key."""
    return hashlib.sha256(key.encode("ascii")).hexdigest()[:KEY_ID_LENGTH]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One installation key. ``rows``: how many data keys are sealed with it; ``is_held``: it stands in the file."""

    key_id: str
    rows: int
    is_held: bool
    is_newest: bool

    @property
    def may_be_removed(self) -> bool:
        """Nothing is sealed with it any more, and nothing new will be."""
        return self.is_held and not self.is_newest and self.rows == 0

    @property
    def is_missed(self) -> bool:
        """Rows need it and the installation does not hold it: what they seal cannot be read."""
        return not self.is_held and self.rows > 0


def uses_of_keys(held: Sequence[str], rows: Mapping[str, int]) -> tuple[KeyUse, ...]:
    """Every key that is held (``held``, newest first) or needed (``rows``: key id to number of rows)."""
    missed = sorted(name for name in rows if name not in held)
    return tuple(
        KeyUse(name, rows=rows.get(name, 0), is_held=name in held, is_newest=bool(held) and name == held[0])
        for name in (*held, *missed)
    )


def no_keys(why: str) -> Reason:
    message = "The keys of the vault cannot be read ({why}). Nothing can be sealed or opened until they are restored."
    return Reason("IDV-KEYS", message.replace("{why}", why), _SOURCE)


def unknown_key(name: str) -> Reason:
    message = "This was sealed with the key {key} of the vault, which the installation does not hold. Restore that key."
    return Reason("IDV-KEY", message.replace("{key}", name), _SOURCE)


def broken_seal() -> Reason:
    message = "What is stored is not what was sealed here: it was damaged or put in by another hand. Nothing is shown."
    return Reason("IDV-SEAL", message, _SOURCE)
