"""What the operator said in the environment, checked before anything is started."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.places import data_folder
from config.launch.refusal import CannotStart

ROOT = Path(__file__).resolve().parents[2]
# Not for every process of the start: the owner's address is for provisioning, the keys' paths for web and provisioning.
WITHDRAWN = ("OWNER_DATABASE_URL", "SIGNING_KEY_FILE", "VAULT_KEYS_FILE")
_DESCRIPTOR = "STEPWISE_DESCRIPTOR_"
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (the operator's choice, never the default)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One start. ``owner_descriptor`` is an open file with the owner's address; it is handed on, never read here."""

    host: str
    port: int
    data_dir: Path
    demo: bool
    database_url: str | None
    redis_url: str | None
    owner_descriptor: int | None
    signing_key_file: Path | None
    vault_keys_file: Path | None
    web_workers: int
    worker_processes: int

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the site."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


def withdraw_from_environment(arguments: list[str]) -> None:
    """Start this program anew without the names that its children must not find in their environment.

    ``/proc/PID/environ`` shows what a process was executed with, for every process forked from it as well; taking a
    name out of ``os.environ`` does not change that. What the names held goes on in files without a name.
    """
    given = [name for name in WITHDRAWN if os.environ.get(name)]
    if not given:
        return
    environment = {name: value for name, value in os.environ.items() if name not in WITHDRAWN}
    for name in given:
        descriptor = os.memfd_create(name.lower(), 0)
        os.write(descriptor, os.environ[name].encode())
        environment[_DESCRIPTOR + name] = str(descriptor)
    os.execve(sys.executable, [sys.executable, "-m", "config.launch", *arguments], environment)  # noqa: S606


def read_configuration(environment: Mapping[str, str]) -> Configuration:
    """The start that the environment asks for; refuses what cannot be understood."""
    data_dir = data_folder(Path(environment.get("DATA_DIR") or ROOT / "var"))
    owner = environment.get(_DESCRIPTOR + "OWNER_DATABASE_URL")
    return Configuration(
        host=environment.get("HOST") or "127.0.0.1",
        port=_number(environment, "PORT", default=8000, highest=65535),
        data_dir=data_dir,
        demo=_demo(environment, data_dir),
        database_url=environment.get("DATABASE_URL") or None,
        redis_url=environment.get("REDIS_URL") or None,
        owner_descriptor=int(owner) if owner else None,
        signing_key_file=_withdrawn_path(environment, "SIGNING_KEY_FILE"),
        vault_keys_file=_withdrawn_path(environment, "VAULT_KEYS_FILE"),
        web_workers=_number(environment, "WEB_WORKERS", default=2, highest=64),
        worker_processes=_number(environment, "WORKER_PROCESSES", default=2, highest=64),
    )


def _withdrawn_path(environment: Mapping[str, str], name: str) -> Path | None:
    descriptor = environment.get(_DESCRIPTOR + name)
    return Path(read_descriptor(int(descriptor))) if descriptor else None


def read_descriptor(descriptor: int) -> str:
    """The content of a file without a name, which is closed by it."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read().decode()


def allowed_hosts(configuration: Configuration) -> str:
    """Host names the site answers to when the operator names none."""
    if configuration.host in EVERYWHERE:
        # A demonstration opened to the network is looked at under whatever name the machine has.
        return "*" if configuration.demo else f"127.0.0.1,localhost,[::1],{socket.gethostname()}"
    return f"127.0.0.1,localhost,[::1],{configuration.host}"


def first_start_file(data_dir: Path) -> Path:
    """Written when the first start has made what it makes: ``demo`` or ``real``."""
    return data_dir / "prepared"


def _demo(environment: Mapping[str, str], data_dir: Path) -> bool:
    """``DEMO``; when it is not set, what this data folder was made as, and a demonstration for a new one."""
    said = environment.get("DEMO", "").strip().lower()
    if said in {"1", "true", "yes", "on"}:
        return True
    if said in {"0", "false", "no", "off"}:
        return False
    if said:
        raise CannotStart(f"DEMO is {said!r}: write 1 for a demonstration or 0 for a real deployment.")
    made = first_start_file(data_dir)
    return not made.exists() or made.read_text(encoding="ascii").strip() == "demo"


def _number(environment: Mapping[str, str], name: str, *, default: int, highest: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise CannotStart(f"{name} is {text!r}: write a whole number from 1 to {highest}.")
    return int(text)
