"""The private storage: sealed files below the data folder, outside everything that is served.

A name says nothing of what a file holds. A file is whole or not there: it is written under another name, brought to the
disk and then renamed, so that a process killed meanwhile leaves only what ``orphans`` finds.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

_UNFINISHED = ".part"
# Whoever uploads right now has a file without a row: what is younger than this is nobody's orphan yet.
_IN_THE_MAKING = timedelta(hours=1)


def write(sealed: bytes) -> str:
    """Keep a sealed file; answers the name under which it lies."""
    folder = _folder()
    name = secrets.token_hex(16)
    unfinished = folder / f"{name}{_UNFINISHED}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / name)
    _bring_to_disk(folder)
    return name


def read(name: str) -> bytes | None:
    """The sealed file of that name; None where it is not there or cannot be read."""
    try:
        return (_folder() / name).read_bytes()
    except OSError:
        return None


def remove(name: str) -> None:
    (_folder() / name).unlink(missing_ok=True)


def orphans(*, known: Collection[str], true_now: datetime) -> Iterator[str]:
    """Names of files that no row knows and that have lain there for an hour: left by an upload that was cut off."""
    before = (true_now - _IN_THE_MAKING).timestamp()
    for path in sorted(_folder().iterdir()):
        if path.name not in known and path.is_file() and path.stat().st_mtime < before:
            yield path.name


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "files" / "sealed"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _bring_to_disk(folder: Path) -> None:
    """The name itself: a rename that is not on the disk is gone after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
