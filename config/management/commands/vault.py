"""The installation's keys of the identity vault: what each is needed for, a new one, sealing anew with it."""

from __future__ import annotations

import fcntl
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.launch.secret_files import write_secret
from enrollment.rules.identity_keys import KeyUse, key_id
from enrollment.services import vault_keys
from trial import clock
from trial.errors import RuleViolation
from trial.services.studies import service_user

BATCH = 100


class Command(BaseCommand):
    help = "The keys of the identity vault: list, add, rotate, check."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("keys", help="each key with the number of rows sealed with it")
        acts.add_parser("add-key", help="put a new key at the head of VAULT_KEYS_FILE; what is sealed stays as it is")
        acts.add_parser("rotate", help="seal every row with the newest key; may be broken off and begun again")
        acts.add_parser("check", help="fail when rows need a key that the file does not hold")

    def handle(self, *args: object, **options: object) -> None:
        acts = {"keys": self._keys, "add-key": self._add_key, "rotate": self._rotate, "check": self._check}
        try:
            acts[str(options["act"])]()
        except RuleViolation as refusal:
            raise CommandError(str(refusal)) from refusal

    def _keys(self) -> None:
        for use in vault_keys.uses():
            self.stdout.write(f"{use.key_id}  {use.rows:>6} rows  {_standing(use)}")

    def _add_key(self) -> None:
        with _file_of_keys() as path:
            key = Fernet.generate_key().decode("ascii")
            write_secret(path, f"{key}\n{path.read_text(encoding='ascii').strip()}")
        self.stdout.write(f"{key_id(key)} is the newest key. Back the file up now, give it to every web process, then")
        self.stdout.write("run: manage.py vault rotate")

    def _rotate(self) -> None:
        renewed, broken, after = 0, list[int](), 0
        while (batch := vault_keys.rotate(after=after, most=BATCH, by=service_user(), at=clock.now())).last:
            renewed, after = renewed + batch.renewed, batch.last
            broken += batch.broken
        self.stdout.write(f"{renewed} rows were sealed with {vault_keys.key_ring().newest}.")
        self._keys()
        if broken:
            rows = ", ".join(str(row) for row in broken)
            raise CommandError(f"These rows of enrollment_vaultkey could not be unsealed and were left: {rows}.")
        self._check()

    def _check(self) -> None:
        missed = vault_keys.missed()
        if missed:
            raise CommandError(
                f"Identities or signed pages of this database are sealed with {', '.join(missed)}, which "
                "VAULT_KEYS_FILE does not hold. Restore that file from the backup of the secrets, or add the missing "
                "lines to it."
            )


def _standing(use: KeyUse) -> str:
    if use.is_missed:
        return "MISSING: restore it from the backup of the secrets"
    if use.may_be_removed:
        return "old, no longer needed: its line may be removed"
    return "newest" if use.is_newest else "old, still needed: rotate first"


@contextmanager
def _file_of_keys() -> Iterator[Path]:
    """The file, readable and whole, for one writer at a time: two keys added at once would lose one of them."""
    vault_keys.key_ring()
    path = Path(settings.VAULT_KEYS_FILE)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield path
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        os.close(folder)
