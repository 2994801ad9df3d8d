"""A write into a table with history, beside the same write into a table that is the same but for its history."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import models, transaction

from enrollment.models import Subject
from tests.bench.figure import Figure, times
from tests.bench.ground import database, owner
from tests.bench.timing import in_turns
from tests.databases import Clone, Databases
from trial.models import ProtocolVersion, Study
from trial.services.regulated import regulated
from trial.services.studies import service_user

LIMIT = 1.2
TWIN = "bench_subject_without_history"
ROUNDS = 40
WRITES = 25  # a round is short, so that a neighbour on the machine disturbs few of them


def measure(databases: Databases) -> list[Figure]:
    with database(databases) as clone:
        _make_twin(clone)
        writer = _Writer()
        writer.in_one_transaction(TWIN)  # both plans are made before the first round
        writer.in_one_transaction(Subject._meta.db_table)
        return [
            _figure("in one transaction", writer.in_one_transaction),
            _figure("each in its own transaction", writer.each_by_itself),
        ]


def _figure(name: str, write: object) -> Figure:
    assert callable(write)
    bare, tracked = in_turns(lambda: write(TWIN), lambda: write(Subject._meta.db_table), rounds=ROUNDS)
    return times(
        LIMIT,
        name=f"1,000 tracked writes, {name}",
        value=tracked / WRITES * 1000,
        unit="ms",
        base=bare / WRITES * 1000,
        what="1,000 bare writes",
    )


class _Writer:
    """Saves new subjects through the ORM. The context of the change is set for both tables alike."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._study = Study.objects.get()
        self._site = self._study.sites.get()
        self._version = ProtocolVersion.objects.get(study=self._study, state="ACTIVE")
        self._by = service_user()

    def in_one_transaction(self, table: str) -> None:
        with stored_in(table), regulated(by=self._by, act="bench.write"):
            for _ in range(WRITES):
                self._save()

    def each_by_itself(self, table: str) -> None:
        with stored_in(table):
            for _ in range(WRITES):
                with regulated(by=self._by, act="bench.write"):
                    self._save()

    def _save(self) -> None:
        Subject(
            study=self._study,
            site=self._site,
            protocol_version=self._version,
            code=f"BENCH-{next(self._numbers):07d}",
            registered_at=datetime.now(UTC),
            registered_by=self._by,
        ).save(force_insert=True)


@contextmanager
def stored_in(table: str) -> Iterator[None]:
    """The same model, the same code, another table."""
    options = Subject._meta
    before = options.db_table
    options.db_table = table
    try:
        yield
    finally:
        options.db_table = before


def _make_twin(clone: Clone) -> None:
    """Columns, checks, indexes and foreign keys of the table; no trigger."""
    table = Subject._meta.db_table
    with owner(clone) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TWIN} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            [table],
        )
        for (definition,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {TWIN} ADD {definition}")
        cursor.execute(f"GRANT SELECT, INSERT ON {TWIN} TO stepwise_app")
