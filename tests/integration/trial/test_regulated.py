"""Who, what for and why: the context of a change, which never outlives it, and the history that needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg2.extensions import connection as Connection  # noqa: N812

from config.grants import regulated_tables
from tests.databases import Clone
from trial.models import AuditEvent, Deployment, User
from trial.services import regulated as regulated_module
from trial.services.regulated import regulated, request_id
from trial.services.studies import service_user

NO_CONTEXT = "AUD-CONTEXT"


@pytest.fixture
def person(db: None) -> User:
    with regulated(by=service_user(), act="people.create"):
        return new_user("writer")


def new_user(username: str) -> User:
    return User.objects.create(username=username, printed_name=username.title())


def rename(user: User, printed_name: str) -> None:
    user.printed_name = printed_name
    user.save(update_fields=["printed_name"])


def rename_and_fail(user: User, *, by: User) -> None:
    with regulated(by=by, act="failing"):
        rename(user, "Never")
        raise ValueError("in mid-request")


def rename_under(user: User, *, context: str) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
        rename(user, "Never")


def history_of(user: User) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(table_name="trial_user", row_id=str(user.pk)).order_by("id"))


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('stepwise.context', true), '')")
        return str(cursor.fetchone()[0])


def assert_nobody_acts() -> None:
    """Neither the thread nor the session remembers anybody, and the database refuses to write for nobody."""
    assert regulated_module._acting.get() is False
    assert setting() == ""
    with pytest.raises(DatabaseError, match=NO_CONTEXT), transaction.atomic():
        new_user("nobody")


# ------------------------------------------------------------------------------------------- one transaction (db)


def test_a_change_says_who_what_for_why_and_in_which_request(person: User) -> None:
    token = request_id.set("request-1")
    try:
        with regulated(by=person, act="people.rename", reason="Married"):
            rename(person, "Dr Writer")
    finally:
        request_id.reset(token)
    event = history_of(person)[-1]
    assert (event.actor_id, event.actor, event.act) == (person.pk, "writer", "people.rename")
    assert (event.reason, event.request_id, event.database_role) == ("Married", "request-1", "stepwise_app")
    assert event.before["printed_name"] == "Writer"
    assert event.after["printed_name"] == "Dr Writer"


def test_true_time_and_trial_time_differ_by_the_offset_of_the_clock(person: User) -> None:
    event = history_of(person)[-1]
    assert event.trial_at - event.recorded_at == Deployment.objects.get().clock_offset


def test_a_nested_use_belongs_to_what_caused_it(person: User) -> None:
    with regulated(by=person, act="outer", reason="because"):
        with regulated(by=service_user(), act="inner", reason="another"):
            rename(person, "Inner")
        rename(person, "Outer")
    changes = history_of(person)[-2:]
    assert [(event.act, event.actor, event.reason) for event in changes] == [("outer", "writer", "because")] * 2


def test_after_success_nobody_acts(person: User) -> None:
    with regulated(by=person, act="outer"):
        rename(person, "Once")
    assert_nobody_acts()


def test_after_an_error_nobody_acts_and_nothing_is_written(person: User) -> None:
    before = len(history_of(person))
    with pytest.raises(ValueError, match="in mid-request"):
        rename_and_fail(person, by=person)
    assert_nobody_acts()
    assert len(history_of(person)) == before
    assert User.objects.get(pk=person.pk).printed_name == "Writer"


def test_an_error_of_the_database_leaves_nobody_acting_either(person: User) -> None:
    with pytest.raises(DatabaseError), regulated(by=person, act="outer"):
        new_user("writer")
    assert_nobody_acts()


def test_an_inner_use_that_is_rolled_back_leaves_the_outer_act_as_it_was(person: User) -> None:
    with regulated(by=person, act="outer"):
        with pytest.raises(ValueError, match="in mid-request"):
            rename_and_fail(person, by=service_user())
        assert regulated_module._acting.get() is True
        rename(person, "Kept")
    assert [event.act for event in history_of(person)][1:] == ["outer"]
    assert User.objects.get(pk=person.pk).printed_name == "Kept"
    assert_nobody_acts()


def test_two_uses_in_one_transaction_of_the_caller_do_not_mix(person: User) -> None:
    with transaction.atomic():
        with regulated(by=person, act="first", reason="one"):
            rename(person, "First")
        assert_nobody_acts()
        with regulated(by=service_user(), act="second"):
            rename(person, "Second")
        assert_nobody_acts()
    events = history_of(person)[-2:]
    assert [(event.act, event.actor, event.reason) for event in events] == [
        ("first", "writer", "one"),
        ("second", service_user().username, ""),
    ]


def test_a_rolled_back_use_inside_a_transaction_of_the_caller_leaves_no_context_behind(person: User) -> None:
    with transaction.atomic():
        with pytest.raises(ValueError, match="in mid-request"):
            rename_and_fail(person, by=person)
        assert_nobody_acts()


# --------------------------------------------------------------------------------------------- every way of writing


def orm_save(user: User) -> None:
    rename(user, "Changed")


def orm_update(user: User) -> None:
    User.objects.filter(pk=user.pk).update(printed_name="Changed")


def orm_bulk_update(user: User) -> None:
    user.printed_name = "Changed"
    User.objects.bulk_update([user], ["printed_name"])


def raw_update(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trial_user SET printed_name = 'Changed' WHERE id = %s", [user.pk])


def raw_in_a_common_table_expression(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH changed AS (UPDATE trial_user SET printed_name = 'Changed' WHERE id = %s RETURNING id)"
            " SELECT count(*) FROM changed",
            [user.pk],
        )


def upsert(user: User) -> None:
    user.printed_name = "Changed"
    User.objects.bulk_create([user], update_conflicts=True, unique_fields=["username"], update_fields=["printed_name"])


def merge(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "MERGE INTO trial_user u USING (SELECT %s AS id) s ON u.id = s.id"
            " WHEN MATCHED THEN UPDATE SET printed_name = 'Changed'",
            [user.pk],
        )


WAYS = [orm_save, orm_update, orm_bulk_update, raw_update, raw_in_a_common_table_expression, upsert, merge]


@pytest.mark.parametrize("write", WAYS)
def test_every_way_of_changing_a_row_stands_in_the_history(person: User, write: Callable[[User], None]) -> None:
    before = len(history_of(person))
    with regulated(by=person, act="people.rename"):
        write(person)
    (event,) = history_of(person)[before:]
    assert (event.operation, event.act) == ("U", "people.rename")
    assert (event.before["printed_name"], event.after["printed_name"]) == ("Writer", "Changed")


@pytest.mark.parametrize("write", WAYS)
def test_every_way_of_changing_a_row_is_refused_without_a_context(person: User, write: Callable[[User], None]) -> None:
    with pytest.raises(DatabaseError, match=NO_CONTEXT), transaction.atomic():
        write(person)
    assert User.objects.get(pk=person.pk).printed_name == "Writer"


def test_rows_created_in_bulk_each_have_their_history(person: User) -> None:
    with regulated(by=person, act="people.import"):
        users = User.objects.bulk_create([User(username=f"bulk{n}", printed_name="Bulk") for n in range(50)])
    for user in users:
        (event,) = history_of(user)
        assert (event.operation, event.act, event.before) == ("I", "people.import", None)
        assert event.after["username"] == user.username


@pytest.mark.parametrize(
    "context",
    ["", "{}", '{"actor": "x"}', '{"actor": "", "act": "y"}', '{"act": "y"}', '{"actor": null, "act": "y"}', "null"],
)
def test_half_a_context_is_none(person: User, context: str) -> None:
    with pytest.raises(DatabaseError, match=NO_CONTEXT):
        rename_under(person, context=context)


def test_a_context_that_is_no_json_stops_the_write(person: User) -> None:
    with pytest.raises(DatabaseError, match="json"):
        rename_under(person, context="actor=x")


@pytest.mark.django_db
def test_every_table_of_the_trial_carries_history_that_is_switched_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'z_audit' AND tgenabled IN ('O', 'A')"
            " AND tgfoid = 'public.stepwise_audit'::regproc"
        )
        with_history = {table for (table,) in cursor.fetchall()}
    assert regulated_tables() - with_history == set()


# ----------------------------------------------------------------------------- the history is only ever added to


FORGERIES = [
    "UPDATE trial_auditevent SET actor = 'somebody else'",
    "DELETE FROM trial_auditevent",
    "TRUNCATE trial_auditevent",
    "ALTER TABLE trial_user DISABLE TRIGGER z_audit",
    "DROP TRIGGER z_audit ON trial_user",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION public.stepwise_audit() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    "INSERT INTO trial_auditevent (recorded_at, trial_at, transaction_id, table_name, row_id, operation, actor, act,"
    " reason, request_id, database_role) VALUES (now(), now(), 1, 'trial_user', '1', 'U', 'x', 'y', '', '', 'z')",
]


@pytest.mark.parametrize("statement", FORGERIES)
@pytest.mark.django_db
def test_the_application_role_cannot_touch_the_history(statement: str) -> None:
    refused = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", FORGERIES[:3])
def test_not_even_the_owner_changes_the_history_by_mistake(owner_connection: Connection, statement: str) -> None:
    with pytest.raises(psycopg2.DatabaseError, match=r"AUD-APPEND-ONLY|AUD-NO-DELETE"):
        owner_connection.cursor().execute(statement)


# --------------------------------------------------------------------------------- threads and sessions that stay


@pytest.fixture
def thread(committed_db: Clone) -> Iterator[ThreadPoolExecutor]:
    """One thread that serves one request after the other, as those of the web server do, over one session."""
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(lambda: connection.close()).result()  # the thread's own, looked up there


def session_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def act_and_fail() -> None:
    with regulated(by=service_user(), act="failing"):
        new_user("failed")
        raise ValueError("in mid-request")


def act_and_succeed() -> None:
    with regulated(by=service_user(), act="succeeding"):
        new_user("succeeded")


@pytest.mark.parametrize("act", [act_and_fail, act_and_succeed])
def test_the_next_request_of_a_thread_finds_nobody_acting(thread: ThreadPoolExecutor, act: Callable[[], None]) -> None:
    first = thread.submit(session_number).result()
    outcome = thread.submit(act).exception()
    assert outcome is None or isinstance(outcome, ValueError)
    thread.submit(assert_nobody_acts).result()
    assert thread.submit(session_number).result() == first, "the very same session was asked"


def test_the_next_request_acts_in_its_own_name(thread: ThreadPoolExecutor) -> None:
    def next_request() -> User:
        with regulated(by=service_user(), act="next", reason="its own"):
            return new_user("next")

    assert isinstance(thread.submit(act_and_fail).exception(), ValueError)
    user = thread.submit(next_request).result()
    (event,) = thread.submit(history_of, user).result()
    assert (event.act, event.reason) == ("next", "its own")
    assert thread.submit(User.objects.filter(username="failed").exists).result() is False


def test_two_threads_act_at_once_each_in_its_own_name(committed_db: Clone) -> None:
    both_act = threading.Barrier(2)

    def request(name: str) -> list[AuditEvent]:
        try:
            with regulated(by=service_user(), act=f"act of {name}", reason=name):
                both_act.wait(10)
                user = new_user(name)
                both_act.wait(10)
            return history_of(user)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        futures = {name: pool.submit(request, name) for name in ("left", "right")}
        for name, future in futures.items():
            (event,) = future.result()
            assert (event.act, event.reason) == (f"act of {name}", name)


def test_a_thread_that_acts_does_not_lend_its_act_to_another(committed_db: Clone) -> None:
    acting, tried = threading.Event(), threading.Event()

    def act() -> None:
        with regulated(by=service_user(), act="mine"):
            acting.set()
            assert tried.wait(10)
        connection.close()

    def borrow() -> None:
        assert acting.wait(10)
        try:
            assert_nobody_acts()
        finally:
            tried.set()
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(act), pool.submit(borrow)]:
            future.result()
