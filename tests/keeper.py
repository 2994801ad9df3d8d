"""Keeps the test PostgreSQL alive while any test session uses it: ``python -m tests.keeper FOLDER``.

Several sessions of one clone may run at once. Each holds a shared lock; the keeper waits for the exclusive one, which
the kernel grants when the last session has ended, however it ended. So no server is left behind, and none is stopped
too soon.
"""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import psycopg2

from config.launch.postgres import SUPERUSER, Postgres
from config.launch.roles import OWNER, prepare_server
from config.launch.secret_files import SecretFiles, read_secret


def main(folder: Path) -> None:
    secrets = SecretFiles(folder / "secrets")
    postgres = Postgres(data_dir=folder, secrets=secrets, for_tests=True)
    postgres.start()
    try:
        _prepare_roles(postgres, secrets)
        (folder / "prepared").touch()
        with (folder / "sessions.lock").open("w") as sessions:
            fcntl.flock(sessions, fcntl.LOCK_EX)
            (folder / "prepared").unlink()
            postgres.stop()
    finally:
        postgres.stop()


def _prepare_roles(postgres: Postgres, secrets: SecretFiles) -> None:
    password = read_secret(secrets.superuser_password)
    server = psycopg2.connect(postgres.url(role=SUPERUSER, password=password, database="postgres"))
    server.autocommit = True
    prepare_server(
        server,
        owner_password=read_secret(secrets.owner_password),
        app_password=read_secret(secrets.app_password),
        owner_makes_databases=True,
    )
    with server.cursor() as cursor:  # a clone is dropped although a session of the application is still in it
        cursor.execute(f"GRANT pg_signal_backend TO {OWNER}")
    server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
