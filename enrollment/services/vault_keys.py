"""Sealing: each sealed thing has a key of its own, and that key is sealed with the newest key of the installation.

The installation's keys stand in a file (``VAULT_KEYS_FILE``), newest first, one Fernet key a line. Only web and the
commands of an operator hold it. It is read anew each time, so that a key added while the site runs is used at once.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db.models import Count

from enrollment.models import VaultKey
from enrollment.rules import identity_keys
from enrollment.rules.identity_keys import KeyUse, key_id
from enrollment.rules.states import SealedUse
from trial.errors import RuleViolation
from trial.models import User
from trial.rules.decision import Decision, Reason
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and unseals one thing. Raises ``RuleViolation`` (IDV-SEAL) for what was not sealed with its key."""

    _data_key: bytes = field(repr=False)

    def seal(self, content: bytes) -> bytes:
        return Fernet(self._data_key).encrypt(content)

    def unseal(self, sealed: bytes) -> bytes:
        return _decrypt(Fernet(self._data_key), sealed)

    def mark(self, text: str) -> str:
        """A mark by which the same text is known again: 64 hexadecimal digits, from which nothing else follows."""
        return hmac.new(self._data_key, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The installation's keys, newest first."""

    _keys: tuple[str, ...] = field(repr=False)

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(key_id(key) for key in self._keys)

    @property
    def newest(self) -> str:
        return self.key_ids[0]

    def wrap(self, data_key: bytes) -> str:
        """The data key, sealed with the newest key."""
        return Fernet(self._keys[0]).encrypt(data_key).decode("ascii")

    def unwrap(self, key: VaultKey) -> bytes:
        """The data key of a row. Raises ``RuleViolation`` (IDV-KEY, IDV-SEAL)."""
        for held in self._keys:
            if key_id(held) == key.key_id:
                return _decrypt(Fernet(held), key.wrapped.encode())
        raise _refusal(identity_keys.unknown_key(key.key_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One step of a rotation. ``broken``: rows that could not be unsealed; ``last``: None when none was left."""

    renewed: int
    broken: tuple[int, ...]
    last: int | None


def key_ring() -> KeyRing:
    """The keys in ``VAULT_KEYS_FILE``. Raises ``RuleViolation`` (IDV-KEYS) where there is no file or it is damaged."""
    if not settings.VAULT_KEYS_FILE:
        raise _refusal(identity_keys.no_keys("VAULT_KEYS_FILE is not set for this process"))
    try:
        keys = tuple(Path(settings.VAULT_KEYS_FILE).read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(identity_keys.no_keys(f"the file cannot be read: {type(error).__name__}")) from error
    if not keys:
        raise _refusal(identity_keys.no_keys("the file holds no key"))
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError as error:
            raise _refusal(identity_keys.no_keys(f"line {number} of the file is not a key")) from error
    return KeyRing(keys)


def new_key(at: datetime, *, use: SealedUse = SealedUse.CONTENT) -> tuple[VaultKey, Sealer]:
    """A key for one thing about to be sealed, in the caller's regulated transaction. The row is saved."""
    ring = key_ring()
    data_key = Fernet.generate_key()
    row = VaultKey.objects.create(use=use, wrapped=ring.wrap(data_key), key_id=ring.newest, wrapped_at=at)
    return row, Sealer(data_key)


def sealer_of(key: VaultKey) -> Sealer:
    """The sealer of what was sealed with this key. Raises ``RuleViolation`` (IDV-KEYS, IDV-KEY, IDV-SEAL)."""
    return Sealer(key_ring().unwrap(key))


def marker(at: datetime) -> Sealer:
    """The sealer that marks people: one for the installation, made when the first person is marked."""
    row = VaultKey.objects.filter(use=SealedUse.PERSON_MARK).first()
    return sealer_of(row) if row else new_key(at, use=SealedUse.PERSON_MARK)[1]


def uses() -> tuple[KeyUse, ...]:
    """Every installation key that is held or needed, with the number of rows sealed with it. One query."""
    rows = VaultKey.objects.order_by().values_list("key_id").annotate(rows=Count("id"))
    return identity_keys.uses_of_keys(key_ring().key_ids, dict(rows))


def missed() -> tuple[str, ...]:
    """The ids of keys that rows need and the installation does not hold. Where nothing is sealed, none is needed."""
    return tuple(use.key_id for use in uses() if use.is_missed) if VaultKey.objects.exists() else ()


def rotate(*, after: int, most: int, by: User, at: datetime) -> Batch:
    """Seal up to ``most`` data keys with ids above ``after`` anew with the newest installation key; no content changes.

    One transaction: a process killed in it leaves every row either as it was or done, and the next call goes on with
    what is left. Two of them at once take different rows. A row that cannot be unsealed is named and left as it is.
    """
    ring = key_ring()
    old = VaultKey.objects.filter(pk__gt=after, key_id__in=ring.key_ids[1:]).order_by("pk")
    with regulated(by=by, act="vault.rotate"):
        rows = list(old.select_for_update(skip_locked=True)[:most])
        broken = tuple(row.pk for row in rows if not _rewrap(row, ring, at=at))
    return Batch(renewed=len(rows) - len(broken), broken=broken, last=rows[-1].pk if rows else None)


def _rewrap(row: VaultKey, ring: KeyRing, *, at: datetime) -> bool:
    try:
        data_key = ring.unwrap(row)
    except RuleViolation:
        return False
    row.wrapped, row.key_id, row.wrapped_at = ring.wrap(data_key), ring.newest, at
    row.save(update_fields=["wrapped", "key_id", "wrapped_at"])
    return True


def _decrypt(with_key: Fernet, sealed: bytes) -> bytes:
    try:
        return with_key.decrypt(sealed)
    except InvalidToken as error:
        raise _refusal(identity_keys.broken_seal()) from error


def _refusal(reason: Reason) -> RuleViolation:
    return RuleViolation(Decision((reason,)))
