"""Planning, moving, cancelling and carrying out what is due; and telling people of it once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from config import tasks
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.processes import wait_until
from trial import clock
from trial.models import DueItem, Notification, Study
from trial.services import due, notifications, sweeps
from trial.services.due import NotCarriedOut

KIND = "test"


class Called:
    """A handler that keeps what it was called with."""

    def __init__(self, act: Callable[[str], None] = lambda reference: None) -> None:
        self.references: list[str] = []
        self._act = act

    def __call__(self, *, study: Study, reference: str, at: datetime) -> None:
        self._act(reference)
        self.references.append(reference)


@pytest.fixture
def study(committed_db: Clone) -> Study:
    return Study.objects.get()


def plan(study: Study, key: str, *, days: float = 0) -> None:
    due.plan(study=study, kind=KIND, key=key, reference=key, due_at=clock.now() + timedelta(days=days))


def carry_out(handler: Called, *, days: float = 0) -> bool:
    return due.carry_out_next(at=clock.now() + timedelta(days=days), handlers={KIND: handler})


def in_threads(*acts: Callable[[], object]) -> None:
    def close_after(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=close_after, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_planned_twice_is_one_row_that_happens_once(study: Study) -> None:
    plan(study, "a")
    plan(study, "a")
    handler = Called()
    assert carry_out(handler)
    assert not carry_out(handler)
    assert handler.references == ["a"]


def test_a_moved_item_happens_at_its_new_time_only(study: Study) -> None:
    plan(study, "a")
    plan(study, "a", days=2)
    handler = Called()
    assert not carry_out(handler)
    assert carry_out(handler, days=3)
    assert not carry_out(handler, days=9)


def test_a_cancelled_item_does_not_happen_until_it_is_planned_again(study: Study) -> None:
    plan(study, "a")
    due.cancel(keys=["a"], at=clock.now())
    handler = Called()
    assert not carry_out(handler, days=1)
    plan(study, "a")
    assert carry_out(handler, days=1)


def test_what_has_happened_is_neither_planned_again_nor_cancelled(study: Study) -> None:
    plan(study, "a")
    handler = Called()
    carry_out(handler)
    plan(study, "a", days=1)
    due.cancel(keys=["a"], at=clock.now())
    item = DueItem.objects.get(key="a")
    assert item.cancelled_at is None
    assert not carry_out(handler, days=9)


def test_the_older_item_comes_first_whenever_it_was_planned(study: Study) -> None:
    for key, days in (("late", -1), ("early", -2), ("now", 0)):
        plan(study, key, days=days)
    handler = Called()
    while carry_out(handler):
        pass
    assert handler.references == ["early", "late", "now"]


def test_two_sessions_that_plan_the_same_at_once_make_one_row(study: Study) -> None:
    barrier = threading.Barrier(4)

    def act() -> None:
        with transaction.atomic():
            barrier.wait(10)
            plan(study, "a")

    in_threads(*[act] * 4)
    assert DueItem.objects.filter(key="a").count() == 1


def test_an_item_that_is_being_carried_out_is_not_taken_by_another_session(study: Study) -> None:
    plan(study, "a")
    taken, others_looked = threading.Event(), threading.Event()

    def hold(reference: str) -> None:
        taken.set()
        assert others_looked.wait(10)

    first, second = Called(hold), Called()

    def look() -> None:
        assert taken.wait(10)
        assert not carry_out(second)
        others_looked.set()

    in_threads(lambda: carry_out(first), look)
    assert (first.references, second.references) == (["a"], [])


def test_moving_an_item_that_is_just_being_carried_out_does_not_make_it_happen_twice(study: Study) -> None:
    plan(study, "a")
    taken = threading.Event()

    def hold(reference: str) -> None:
        taken.set()
        wait_until(is_anybody_waiting)

    def move() -> None:
        assert taken.wait(10)
        plan(study, "a", days=1)

    handler = Called(hold)
    in_threads(lambda: carry_out(handler), move)
    assert DueItem.objects.get(key="a").done_at is not None
    assert not carry_out(handler, days=9)


def is_anybody_waiting() -> bool:
    """For this session, whose row the other one wants."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


def test_a_failing_item_writes_nothing_stays_open_and_blocks_nobody(study: Study) -> None:
    plan(study, "broken", days=-2)
    plan(study, "whole", days=-1)

    def fail(reference: str) -> None:
        DueItem.objects.create(study=study, kind="trace", key=f"trace:{reference}", reference="", due_at=clock.now())
        if reference == "broken":
            raise ValueError(reference)

    handler = Called(fail)
    with pytest.raises(NotCarriedOut, match="broken") as failed:
        carry_out(handler)
    besides = [failed.value.item_id]
    assert due.carry_out_next(at=clock.now(), handlers={KIND: handler}, besides=besides)
    assert handler.references == ["whole"]
    assert DueItem.objects.get(key="broken").done_at is None
    assert not DueItem.objects.filter(key="trace:broken").exists()


def test_a_sweep_goes_through_everything_before_it_says_what_failed(study: Study) -> None:
    """A kind that nobody handles is such a failure, as a version that was rolled back would leave it."""
    scenario = TrialScenario()
    due.plan(study=study, kind="unknown", key="x", reference="1", due_at=clock.now() - timedelta(days=1))
    scenario.dosed()
    scenario.wait(days=40)
    notifications.notify(users=[scenario.people["nurse"]], study=study, key="test:mail", title="Mail", at=clock.now())
    with pytest.raises(NotCarriedOut, match="unknown x"):
        tasks.run()
    open_items = due.open_items(study).filter(due_at__lte=clock.now())
    assert [item.key for item in open_items] == ["x"]
    assert sweeps.swept_until() is not None
    assert Notification.objects.get(key="test:mail").email_state == "SENT"


def test_two_sessions_that_tell_the_same_people_tell_each_of_them_once(study: Study) -> None:
    scenario = TrialScenario()
    people = list(scenario.people.values())
    barrier = threading.Barrier(2)

    def tell(users: list[object]) -> None:
        with transaction.atomic():
            barrier.wait(10)
            for key in ("test:1", "test:2"):
                notifications.notify(users=users, study=study, key=key, title="Said once", at=clock.now())

    for _ in range(5):
        in_threads(lambda: tell(people), lambda: tell(people[::-1]))
        barrier.reset()
    rows = Notification.objects.filter(key__startswith="test:")
    assert rows.count() == 2 * len(people)
    assert rows.values("user", "key").distinct().count() == 2 * len(people)


def test_a_sweep_of_everything_twice_does_nothing_twice(study: Study) -> None:
    scenario = TrialScenario()
    scenario.dosed()
    scenario.wait(days=40)
    tasks.run()
    told = Notification.objects.count()
    assert told > 0
    tasks.run()
    assert Notification.objects.count() == told
