"""Databases for tests: one migrated template per state of the migrations, and clones of it.

The template is made by the product's own ``provision`` as the owner role; tests connect to clones as the application
role. Nothing is ever truncated: append-only tables refuse it, and a clone costs a third of a second.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg2
from psycopg2 import sql

from config.launch.roles import close_database, make_database
from tests import servers

# What a provisioned database is made from. Everything else may change without a new template.
SOURCES = (
    "*/migrations/**/*.py",
    "*/**/*.sql",
    "trial/protocol/**/*",
    "*/management/commands/provision.py",
    "config/grants.py",
    "config/launch/roles.py",
    "trial/services/studies.py",
)
# Classes of PostgreSQL's advisory locks: who builds, who uses a template, whose clones these are.
BUILDING, USING, SESSION = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Clone:
    """One database of one test."""

    name: str
    owner_url: str
    app_url: str


class Databases:
    """Templates and clones of this session, through one connection of the owner that also holds the locks."""

    def __init__(self) -> None:
        servers.ensure_postgres()
        self._server = servers.SERVER
        self._numbers = itertools.count(1)
        self._templates: dict[bool, str] = {}
        self._lock(SESSION, self._server.key)
        self._drop_what_dead_sessions_left()

    @cached_property
    def _admin(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(self._server.owner_url("postgres"))
        connection.autocommit = True
        return connection

    def clone(self, *, demo: bool = True, name: str | None = None, like: Clone | None = None) -> Clone:
        """A fresh copy of the template; ``demo=False`` is a real deployment, whose clock cannot be moved.

        ``like``: a copy of that database instead, to which nobody may be connected.
        """
        clone = self._addresses(name or f"clone_{self._server.key}_{next(self._numbers)}")
        source = like.name if like else self._template(demo=demo)
        self._execute("CREATE DATABASE {} TEMPLATE {}", clone.name, source)
        close_database(self._admin, name=clone.name)
        return clone

    def drop(self, clone: Clone) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", clone.name)

    def close(self) -> None:
        self._admin.close()

    def _addresses(self, name: str) -> Clone:
        return Clone(name, self._server.owner_url(name), self._server.app_url(name))

    def _template(self, *, demo: bool) -> str:
        if demo not in self._templates:
            name = f"template_{'demo' if demo else 'real'}_{content_hash()}"
            self._lock(USING, _number(name), shared=True)
            with self._building():
                if not self._exists(name):
                    self._build(name, demo=demo)
            self._templates[demo] = name
            self._drop_old_templates()
        return self._templates[demo]

    def _build(self, name: str, *, demo: bool) -> None:
        draft = self._addresses(f"{name}_draft")
        self.drop(draft)
        make_database(self._admin, name=draft.name, url=draft.owner_url)
        done = subprocess.run(
            [sys.executable, "manage.py", "provision"],
            cwd=servers.ROOT,
            env=provisioning_environment(draft, demo=demo),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"provision failed:\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
        self._execute("ALTER DATABASE {} RENAME TO {}", draft.name, name)

    @contextmanager
    def _building(self) -> Iterator[None]:
        self._lock(BUILDING, 0)
        try:
            yield
        finally:
            self._unlock(BUILDING, 0)

    def _drop_what_dead_sessions_left(self) -> None:
        for name in self._names():
            match = re.fullmatch(r"clone_(\d+)_\d+", name)
            if match and int(match[1]) != self._server.key:
                self._drop_if_free(name, SESSION, int(match[1]))

    def _drop_old_templates(self) -> None:
        with self._building():
            for name in self._names():
                if re.fullmatch(r"template_(demo|real)_\w+", name) and not name.endswith(content_hash()):
                    self._drop_if_free(name, USING, _number(name.removesuffix("_draft")))

    def _drop_if_free(self, name: str, lock_class: int, key: int) -> None:
        with self._admin.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock_class, key])
            row = cursor.fetchone()
        if row and row[0]:
            self.drop(self._addresses(name))
            self._unlock(lock_class, key)

    def _names(self) -> list[str]:
        with self._admin.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            return [name for (name,) in cursor.fetchall()]

    def _exists(self, name: str) -> bool:
        return name in self._names()

    def _execute(self, statement: str, *names: str) -> None:
        with self._admin.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _lock(self, lock_class: int, key: int, *, shared: bool = False) -> None:
        function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
        with self._admin.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [lock_class, key])

    def _unlock(self, lock_class: int, key: int) -> None:
        with self._admin.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock_class, key])


def provisioning_environment(database: Clone, *, demo: bool) -> dict[str, str]:
    """The only environment of a test session in which the owner's address stands."""
    import os

    names = ("SECRET_KEY", "SIGNING_KEY_FILE", "VAULT_KEYS_FILE", "REDIS_URL", "DATA_DIR")
    passed = {name: os.environ[name] for name in names}
    return servers.process_environment(
        **passed,
        DATABASE_URL=database.app_url,
        OWNER_DATABASE_URL=database.owner_url,
        DEMO="1" if demo else "0",
        DJANGO_SETTINGS_MODULE="config.settings",
    )


def content_hash() -> str:
    """A hash over everything that a provisioned database is made from."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in servers.ROOT.glob(pattern) if _counts(path)}):
        digest.update(str(path.relative_to(servers.ROOT)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update((servers.FOLDER / "secrets" / "signing_key").read_bytes())
    return digest.hexdigest()[:12]


def _counts(path: Path) -> bool:
    parts = path.relative_to(servers.ROOT).parts
    return path.is_file() and "__pycache__" not in parts and parts[0] not in {"var", "tests", ".venv"}


def _number(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:7], 16)
