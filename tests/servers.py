"""The servers of a test session: a real PostgreSQL and a real Valkey, and the environment that points at them.

An early plugin (``-p tests.servers``): the settings read the environment, so it must stand before Django is loaded.
Nothing is started here; the fixtures start what a test asks for, and a run of rules alone starts nothing.

``TEST_OWNER_DATABASE_URL`` and ``TEST_DATABASE_URL`` (owner and application role, any database of the server) take
the place of the embedded server; that owner needs CREATEDB and pg_signal_backend.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from config.launch.places import data_folder
from config.launch.postgres import Postgres
from config.launch.roles import APP, OWNER
from config.launch.secret_files import KeyFiles, SecretFiles, read_secret
from config.launch.valkey import Valkey

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "test"
KEEPER_SECONDS = 60.0
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "APP_PG_PREFIX")


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """Addresses of one server, for whichever of its databases. ``key`` marks this session's databases."""

    owner_base: str
    app_base: str
    key: int

    def owner_url(self, database: str) -> str:
        return with_database(self.owner_base, database)

    def app_url(self, database: str) -> str:
        return with_database(self.app_base, database)

    @property
    def session_database(self) -> str:
        return f"clone_{self.key}_0"


def with_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _database_server() -> DatabaseServer:
    key = secrets.randbelow(2**31)
    owner, app = os.environ.get("TEST_OWNER_DATABASE_URL"), os.environ.get("TEST_DATABASE_URL")
    if owner and app:
        return DatabaseServer(owner, app, key)
    with _start_lock():
        files = SecretFiles(data_folder(FOLDER) / "secrets")
        files.make_missing()
        postgres = Postgres(data_dir=FOLDER, secrets=files, for_tests=True)
    return DatabaseServer(
        postgres.url(role=OWNER, password=read_secret(files.owner_password), database="postgres"),
        postgres.url(role=APP, password=read_secret(files.app_password), database="postgres"),
        key,
    )


@contextmanager
def _start_lock() -> Iterator[None]:
    with (data_folder(FOLDER) / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


_sessions: IO[str] | None = None


def ensure_postgres() -> None:
    """Count this session in, and have a keeper start the server if none runs."""
    global _sessions
    if _sessions or os.environ.get("TEST_OWNER_DATABASE_URL"):
        return
    with _start_lock():
        _sessions = (FOLDER / "sessions.lock").open("w")
        fcntl.flock(_sessions, fcntl.LOCK_SH)  # waits for a keeper that is just closing
        postgres = Postgres(data_dir=FOLDER, secrets=SecretFiles(FOLDER / "secrets"), for_tests=True)
        if postgres.is_ready() and (FOLDER / "prepared").exists():
            return
        _start_keeper()


def _start_keeper() -> None:
    (FOLDER / "prepared").unlink(missing_ok=True)
    log = FOLDER / "keeper.log"
    with log.open("w") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.keeper", str(FOLDER)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + KEEPER_SECONDS
    while not (FOLDER / "prepared").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The test PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.02)


class Broker:
    """This session's own Valkey: another session's worker must never take this one's tasks."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stepwise-test-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.valkey = Valkey(data_dir=self.folder)
        self.url = self.valkey.url

    def ensure(self) -> None:
        if self.valkey.process is None:
            atexit.register(self.valkey.stop)
            self.valkey.start()

    def empty(self) -> None:
        import redis

        with redis.Redis(unix_socket_path=str(self.valkey.socket)) as client:
            client.flushall()


def process_environment(**more: str) -> dict[str, str]:
    """The environment of a child process: what the operating system needs, and what the test names, no more."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | more


def _prepare_environment(server: DatabaseServer, broker: Broker) -> None:
    files = broker.folder / "files"
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DATABASE_URL=server.app_url(server.session_database),
        REDIS_URL=broker.url,
        SECRET_KEY="a key for tests only, never used by a start",
        **_key_files().environment(),
        DEMO="1",
        ALLOWED_HOSTS="127.0.0.1,localhost,testserver",
        DATA_DIR=str(files),
    )
    os.environ.pop("OWNER_DATABASE_URL", None)
    files.mkdir()


def _key_files() -> KeyFiles:
    files = SecretFiles(FOLDER / "secrets")
    with _start_lock():
        files.make_missing()
    return KeyFiles(signing=files.signing_key, vault=files.vault_keys)


SERVER = _database_server()
BROKER = Broker()
_prepare_environment(SERVER, BROKER)
