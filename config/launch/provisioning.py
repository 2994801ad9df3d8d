"""``python -m config.launch.provisioning``: the one process that holds the owner's secret, and ends with its work.

It makes roles and database on the embedded server, then becomes ``manage.py provision``, which migrates, grants,
stores the signing key and loads the study. A process of its own, because memory and environment of web, worker and
beat are copies of the supervisor's: what that never held, they cannot leak.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import psycopg2
from psycopg2 import sql

from config.launch.configuration import ROOT, read_descriptor
from config.launch.postgres import SUPERUSER, Postgres
from config.launch.refusal import CannotStart
from config.launch.roles import DATABASE, OWNER, make_database, prepare_server
from config.launch.secret_files import SecretFiles, read_secret


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="config.launch.provisioning")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--owner-descriptor", type=int, help="open file with the owner's address of an external server")
    parser.add_argument("--start-over", action="store_true", help="drop an embedded database that was never finished")
    options = parser.parse_args(arguments)
    if options.owner_descriptor is not None:
        owner_url = read_descriptor(options.owner_descriptor)
    else:
        owner_url = prepare_embedded(options.data_dir, start_over=options.start_over)
    environment = {**os.environ, "OWNER_DATABASE_URL": owner_url}
    os.execve(sys.executable, [sys.executable, str(ROOT / "manage.py"), "provision"], environment)  # noqa: S606


def prepare_embedded(data_dir: Path, *, start_over: bool) -> str:
    """Roles, passwords and database on the running embedded server. Returns the owner's address."""
    secrets = SecretFiles(data_dir / "secrets")
    postgres = Postgres(data_dir=data_dir, secrets=secrets)
    password = read_secret(secrets.superuser_password)
    owner_password = read_secret(secrets.owner_password)
    server = psycopg2.connect(postgres.url(role=SUPERUSER, password=password, database="postgres"))
    try:
        server.autocommit = True
        prepare_server(
            server,
            owner_password=owner_password,
            app_password=read_secret(secrets.app_password),
            owner_makes_databases=False,
        )
        if start_over:
            with server.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        inside = postgres.url(role=SUPERUSER, password=password, database=DATABASE)
        make_database(server, name=DATABASE, url=inside)
    finally:
        server.close()
    return postgres.url(role=OWNER, password=owner_password, database=DATABASE)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotStart as error:
        sys.exit(str(error))
