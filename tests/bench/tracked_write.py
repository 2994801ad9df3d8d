"""Saving a row with history, beside saving the same row into a table that is the same but for its history.

Both tables are twins of the table of subjects, so that they differ in nothing else. A write is measured as services
make it, with its context and in a transaction of its own, and again as one of many in one transaction, where no commit
hides the second row that PostgreSQL writes: nearer to the limit (1.11 to 1.16 on an idle machine), which is the same.
Nothing waits for a disk here (the test server does not), so a commit hides less of the cost than in the product.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from config.grants import APP_ROLE
from enrollment.models import Subject
from tests.bench.figure import Figure, at_most, times
from tests.bench.ground import Ground, ground
from tests.bench.timing import in_turns
from tests.databases import Databases
from trial.models import ProtocolVersion, Study
from trial.services.regulated import regulated
from trial.services.studies import service_user

LIMIT = 1.2
BARE, TRACKED = "bench_bare", "bench_tracked"
WRITES = 2_000


def measure(databases: Databases) -> list[Figure]:
    with ground(databases) as place:
        writer = _Writer()
        _make_twins(place)
        return [writer.in_one_transaction(), writer.each_by_itself()]


class _Writer:
    """Saves new subjects through the ORM, in turns into either table. The context is set for both alike."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._study = Study.objects.get()
        self._site = self._study.sites.get()
        self._version = ProtocolVersion.objects.get(study=self._study, state="ACTIVE")
        self._by = service_user()

    def in_one_transaction(self) -> Figure:
        with regulated(by=self._by, act="bench.write"):
            bare, tracked = self._compare(self._save)
        return at_most(LIMIT, name="tracked to bare write, in one transaction", value=tracked / bare, unit="times")

    def each_by_itself(self) -> Figure:
        bare, tracked = self._compare(self._save_and_commit)
        return times(LIMIT, name="tracked write", value=tracked, unit="ms", base=bare, what="a bare write")

    def _compare(self, save: Callable[[str], None]) -> tuple[float, float]:
        for table in (BARE, TRACKED):  # plans are made before the first measurement
            save(table)
        return in_turns(lambda: save(BARE), lambda: save(TRACKED), rounds=WRITES)

    def _save_and_commit(self, table: str) -> None:
        with regulated(by=self._by, act="bench.write"):
            self._save(table)

    def _save(self, table: str) -> None:
        with stored_in(table):
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


def _make_twins(place: Ground) -> None:
    with place.owner() as connection, connection.cursor() as cursor:
        for name in (BARE, TRACKED):
            _make_twin(cursor, name)
        cursor.execute("SELECT stepwise_regulate(%s)", [TRACKED])


def _make_twin(cursor: Cursor, name: str) -> None:
    """Columns, checks, indexes and foreign keys of the table of subjects; no trigger."""
    table = Subject._meta.db_table
    cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [table]
    )
    for (definition,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {name} ADD {definition}")
    cursor.execute(f"GRANT SELECT, INSERT ON {name} TO {APP_ROLE}")
