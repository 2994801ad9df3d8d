"""Databases of the benchmarks: clones as the tests use them, with Django's connection on one of them at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connections
from django.test import Client
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.databases import Clone, Databases
from trial.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


class Ground:
    """One database and an open connection to it, which Django uses after ``enter``: changing costs nothing."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        current = connections["default"]
        self._connection = type(current)({**current.settings_dict, "NAME": clone.name}, "default")

    def enter(self) -> None:
        connections["default"] = self._connection

    def leave(self) -> None:
        self._connection.close()

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """A session of the owner role, which prepares what the application role may not. Commits at the end."""
        connection = psycopg2.connect(self.clone.owner_url)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


@contextmanager
def ground(databases: Databases) -> Iterator[Ground]:
    """A fresh database of a demonstration, entered; dropped afterwards."""
    clone = databases.clone()
    made = Ground(clone)
    try:
        made.enter()
        yield made
    finally:
        made.leave()
        databases.drop(clone)


def browser_of(person: User) -> Client:
    """A browser of somebody who has signed in."""
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def page(client: Client, address: str, **chosen: str) -> str:
    """The page, which must be one: an error would be quick."""
    response = client.get(address, chosen)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}.")
    return response.content.decode()
