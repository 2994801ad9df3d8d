"""The secrets of an installation: made at the first start, one file each, readable by their owner alone."""

from __future__ import annotations

import base64
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from config.launch.places import closed_folder
from config.launch.refusal import CannotStart

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SecretFiles:
    """Paths, not contents: a process reads only the secret that is its business, when it needs it."""

    folder: Path

    @property
    def superuser_password(self) -> Path:
        return self.folder / "postgres_password"

    @property
    def owner_password(self) -> Path:
        return self.folder / "owner_password"

    @property
    def app_password(self) -> Path:
        return self.folder / "app_password"

    @property
    def secret_key(self) -> Path:
        return self.folder / "secret_key"

    @property
    def signing_key(self) -> Path:
        """Hexadecimal key of the signatures' HMAC: for web and provisioning, not for worker and beat."""
        return self.folder / "signing_key"

    @property
    def vault_keys(self) -> Path:
        """Keys of the identity vault, newest first, one a line: for web and the operator's commands."""
        return self.folder / "vault_keys"

    def make_missing(self) -> None:
        """Make each secret that does not exist yet."""
        closed_folder(self.folder)
        for path in self._all():
            if not path.exists():
                write_secret(path, secrets.token_hex(SECRET_BYTES))
        if not self.vault_keys.exists():
            # The form of a Fernet key.
            write_secret(self.vault_keys, base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii"))

    def are_complete(self) -> bool:
        """Whether the server of this folder can be used. Installations from before the vault get its keys later."""
        return all(path.exists() for path in self._all())

    def _all(self) -> tuple[Path, ...]:
        return (self.superuser_password, self.owner_password, self.app_password, self.secret_key, self.signing_key)


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The paths that web, provisioning and the first start are given; worker and beat are not."""

    signing: Path
    vault: Path

    def environment(self) -> dict[str, str]:
        return {"SIGNING_KEY_FILE": str(self.signing), "VAULT_KEYS_FILE": str(self.vault)}


def read_secret(path: Path) -> str:
    """The secret in the file. Refuses a file that others may read: it is no longer a secret."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CannotStart(f"The secret {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise CannotStart(f"The secret {path} may be read by others. Set its mode to 0600, and consider it known.")
    return text


def write_secret(path: Path, text: str) -> None:
    """Write beside and rename: whoever is killed here leaves no half secret behind. An owner there was stays owner."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if path.exists():
            before = path.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
