"""Sessions of the application role as raw as an attacker with its password would have them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import connection, cursor

from tests.builders.prepared import Scene, prepared_scene
from tests.builders.raw_sql import forge


@pytest.fixture(scope="module")
def scene(databases, django_db_blocker, built_once) -> Iterator[Scene]:
    with prepared_scene(databases, django_db_blocker.unblock, like=built_once) as scene:
        yield scene


@pytest.fixture
def session(scene: Scene) -> Iterator[connection]:
    """A session of the application role; whatever it does is rolled back."""
    opened = psycopg2.connect(scene.database.app_url)
    yield opened
    opened.rollback()
    opened.close()


@pytest.fixture
def attack(session: connection) -> Iterator[cursor]:
    with session.cursor() as attack:
        forge(attack)
        yield attack
