"""The roles of PostgreSQL and what they may: the owner migrates, the application works and owns nothing."""

from __future__ import annotations

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812  (the driver's class has a lower-case name)
from psycopg2.extensions import encrypt_password

OWNER = "stepwise_owner"
APP = "stepwise_app"
DATABASE = "stepwise"


def prepare_server(server: Connection, *, owner_password: str, app_password: str, owner_makes_databases: bool) -> None:
    """Make both roles and close the server's own databases to them. ``server`` is the superuser's, in autocommit."""
    _make_role(server, name=OWNER, password=owner_password, may_create_databases=owner_makes_databases)
    _make_role(server, name=APP, password=app_password, may_create_databases=False)
    with server.cursor() as cursor:
        for database in ("postgres", "template1"):
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        if owner_makes_databases:  # CREATE DATABASE is sent through a connection to some database
            cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(sql.Identifier(OWNER)))


def make_database(server: Connection, *, name: str, url: str) -> None:
    """Make the owner's database if it is missing, and close it to everybody else. ``url`` is the superuser's, to it."""
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
    close_database(server, name=name)
    inside = psycopg2.connect(url)
    try:
        inside.autocommit = True
        with inside.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
            cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(APP)))
    finally:
        inside.close()


def close_database(server: Connection, *, name: str) -> None:
    """The application may connect and nothing else: a temporary table could shadow a name that a guard reads.

    Permissions of a database are not copied with its template: every copy needs this again.
    """
    database = sql.Identifier(name)
    with server.cursor() as cursor:
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APP)))


def _make_role(server: Connection, *, name: str, password: str, may_create_databases: bool) -> None:
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        verb = sql.SQL("CREATE" if cursor.fetchone() is None else "ALTER")
        # The server is given the verifier, so that the password is not in its log when the statement fails.
        verifier = encrypt_password(password, name, scope=server, algorithm="scram-sha-256")
        cursor.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {} NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS {}").format(
                verb,
                sql.Identifier(name),
                sql.Literal(verifier),
                sql.SQL("CREATEDB" if may_create_databases else "NOCREATEDB"),
            )
        )
