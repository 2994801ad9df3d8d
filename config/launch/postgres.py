"""The embedded PostgreSQL server: a private data folder, a private socket, passwords for everybody."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from config.launch.foreground import (
    as_user,
    bare_environment,
    start_foreground,
    stop_foreground,
    wait_until_ready,
)
from config.launch.places import ServerUser, closed_folder, server_folder, server_user, socket_folder
from config.launch.postgres_binaries import Binaries, find_binaries, reachable_binaries
from config.launch.refusal import CannotStart
from config.launch.secret_files import SecretFiles

SUPERUSER = "postgres"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
SETTINGS = {"max_connections": "60", "password_encryption": "scram-sha-256", "timezone": "UTC", "log_timezone": "UTC"}
# A test server may lose its data when the machine fails: it is made again from the migrations.
TEST_SETTINGS = {
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "1h",
}


class Postgres:
    """One server on one data folder. Nobody reaches it but through a socket in a closed folder, with a password."""

    name = "postgres"

    def __init__(self, *, data_dir: Path, secrets: SecretFiles, for_tests: bool = False) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._secrets = secrets
        self._settings = SETTINGS | TEST_SETTINGS if for_tests else SETTINGS
        self._user: ServerUser | None = server_user()
        self.folder = server_folder(data_dir, name="postgres", user=self._user)
        self.socket_folder = socket_folder(self.folder, user=self._user)
        self.log = self.folder / "postgres.log"
        self._binaries: Binaries = reachable_binaries(find_binaries(), user=self._user, folder=self.folder)
        self.data = self.folder / f"pg{self._binaries.major}"

    def start(self) -> None:
        """Make the data folder if it is missing, take over from a server that a killed start left, start, wait."""
        self._refuse_other_version()
        self._make_data()
        self._end_left_over()
        command = [self._binaries.program("postgres"), "-D", str(self.data), "-k", str(self.socket_folder), "-h", ""]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's fast shutdown: no session is waited for, nothing that was committed is lost.
        self.process = start_foreground(command, log=self.log, user=self._user, death_signal=signal.SIGINT)
        wait_until_ready(self.is_ready, process=self.process, seconds=START_SECONDS, name="PostgreSQL", log=self.log)

    def stop(self) -> None:
        if self.process:
            stop_foreground(self.process, stop_signal=signal.SIGINT, seconds=STOP_SECONDS)

    def is_ready(self) -> bool:
        lines = self._pid_file_lines()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        # The file survives a killed server; a socket that answers does not.
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket_folder / ".s.PGSQL.5432"))
            except OSError:
                return False
        return True

    def url(self, *, role: str, password: str, database: str) -> str:
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={host}"

    def _refuse_other_version(self) -> None:
        others = [path for path in self.folder.glob("pg[0-9]*") if path != self.data and (path / "PG_VERSION").exists()]
        if others and not self.data.exists():
            raise CannotStart(
                f"The data in {others[0]} belong to another major version than this PostgreSQL "
                f"({self._binaries.version}). Move them with pg_upgrade or pg_dump; see docs/operations.md."
            )

    def _make_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            if not self._secrets.are_complete():
                raise CannotStart(
                    f"There are data in {self.data}, but their secrets are missing from {self._secrets.folder}. "
                    "Restore that folder from the backup."
                )
            return
        self._secrets.make_missing()
        # Beside and renamed: a start that is killed in here begins again, not with half a cluster.
        beside = self.folder / "pg.new"
        shutil.rmtree(beside, ignore_errors=True)
        password_file = self._lend_superuser_password()
        try:
            self._initdb(beside, password_file)
        finally:
            password_file.unlink()
        beside.rename(self.data)

    def _initdb(self, folder: Path, password_file: Path) -> None:
        # One order of text on every machine: the builtin provider asks nothing of the operating system.
        locale = ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self._binaries.major < 17:
            locale = ["--locale=C.UTF-8"]
        command = [self._binaries.program("initdb"), "-D", str(folder), "-U", SUPERUSER, "-E", "UTF8", *locale]
        command += ["-A", "scram-sha-256", f"--pwfile={password_file}", "--no-instructions", "--data-checksums"]
        done = subprocess.run(
            command, cwd="/", env=bare_environment(), capture_output=True, text=True, check=False, **as_user(self._user)
        )
        if done.returncode:
            raise CannotStart(f"PostgreSQL's data folder could not be made:\n{done.stdout}{done.stderr}")

    def _lend_superuser_password(self) -> Path:
        """A copy that the server's user may read while the cluster is made."""
        lent = closed_folder(self.folder, user=self._user) / "password.new"
        lent.unlink(missing_ok=True)
        lent.touch(mode=0o600)
        shutil.copyfile(self._secrets.superuser_password, lent)
        if self._user:
            os.chown(lent, self._user.uid, self._user.gid)
        return lent

    def _end_left_over(self) -> None:
        """A supervisor that was killed leaves a server that is just stopping: wait for it, then begin."""
        lines = self._pid_file_lines()
        if not lines or not self.is_ready():
            return
        pid = int(lines[0])
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._pid_file_lines() and time.monotonic() < deadline:  # removed by the server as its last act
            time.sleep(0.05)
        if self._pid_file_lines():
            raise CannotStart(f"A PostgreSQL server (process {pid}) still uses {self.data} and does not stop.")

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
