"""The embedded PostgreSQL killed in the middle of writing: whatever it acknowledged is there when it is back."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from config.launch.postgres import SUPERUSER, Postgres
from config.launch.secret_files import SecretFiles, read_secret
from tests.robustness.processes import wait_until

WRITTEN_BEFORE_THE_KILL = 200


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server with the settings of the product, where its own user may go. It loses nothing it has confirmed."""
    folder = Path(tempfile.mkdtemp(prefix="stepwise-robust-"))
    folder.chmod(0o711)
    postgres = Postgres(data_dir=folder, secrets=SecretFiles(folder / "secrets"))
    postgres.start()
    yield postgres
    postgres.stop()
    shutil.rmtree(folder)


def connect(server: Postgres, secrets: SecretFiles) -> psycopg2.extensions.connection:
    password = read_secret(secrets.superuser_password)
    connection = psycopg2.connect(server.url(role=SUPERUSER, password=password, database="postgres"))
    connection.autocommit = True
    return connection


def test_what_was_committed_survives_and_what_was_open_is_gone(server: Postgres) -> None:
    secrets = SecretFiles(server.folder.parent / "secrets")
    with connect(server, secrets).cursor() as cursor:
        cursor.execute("CREATE TABLE written (number integer PRIMARY KEY)")
    unfinished = connect(server, secrets)
    unfinished.autocommit = False
    with unfinished.cursor() as cursor:
        cursor.execute("INSERT INTO written VALUES (-1)")
    acknowledged: list[int] = []

    def write() -> None:
        try:
            with connect(server, secrets).cursor() as cursor:
                for number in range(1_000_000):
                    cursor.execute("INSERT INTO written VALUES (%s)", [number])
                    acknowledged.append(number)
        except psycopg2.Error:
            return

    writing = threading.Thread(target=write)
    writing.start()
    wait_until(lambda: len(acknowledged) > WRITTEN_BEFORE_THE_KILL)
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    writing.join(30)
    server.start()
    with connect(server, secrets).cursor() as cursor:
        cursor.execute("SELECT number FROM written ORDER BY number")
        found = [number for (number,) in cursor.fetchall()]
    # The last one may have been committed without its acknowledgement having arrived.
    assert found in (acknowledged, [*acknowledged, len(acknowledged)])
