"""Databases of the benchmarks: clones as the tests use them, with Django pointed at one of them at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connections
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.databases import Clone, Databases


@contextmanager
def database(databases: Databases) -> Iterator[Clone]:
    """A fresh database of a demonstration, dropped afterwards. Django uses it until another is made or chosen."""
    clone = databases.clone()
    try:
        use(clone)
        yield clone
        connections.close_all()
    finally:
        databases.drop(clone)


def use(clone: Clone) -> None:
    connections.close_all()
    connections.settings["default"]["NAME"] = clone.name


@contextmanager
def owner(clone: Clone) -> Iterator[Connection]:
    """A session of the owner role, which prepares what the application role may not. Commits at the end."""
    connection = psycopg2.connect(clone.owner_url)
    try:
        with connection:
            yield connection
    finally:
        connection.close()
