"""Two devices start the same infusion at once; a hold meets a start: the study's lock decides, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction

from config.demonstration import bedside
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import InfusionState, PauseReason, UnitState
from dosing.services import infusion_course, infusions
from dosing.services.infusions import StartEntry
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from trial import clock
from trial.edge.middleware import refusal_reasons
from trial.errors import RuleViolation
from trial.models import AuditEvent, DosingHold, Study, User
from trial.rules.states import HoldKind
from trial.services import holds

WAIT_SECONDS = 20.0


@pytest.fixture
def infusion(committed_db: Clone) -> Infusion:
    """Prepared, with nothing against its start by the nurse who signed first."""
    return TrialScenario().prepared()


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], object]) -> Future[object]:
    def run() -> object:
        try:
            return act()
        finally:
            connection.close()

    return pool.submit(run)


def start(infusion: Infusion, username: str, barrier: threading.Barrier | None = None) -> tuple[str, ...]:
    """The codes of the refusal, of the rule or of the database behind it; none: it was started.

    A hold may be placed between the reading of the clock and the lock: the rule does not see it, the database does.
    """
    by = User.objects.get(username=username)
    if barrier:
        barrier.wait(WAIT_SECONDS)
    try:
        infusions.start(infusion=infusion, entry=StartEntry(), by=by, at=clock.now())
    except (RuleViolation, DatabaseError) as refusal:
        return tuple(reason.code for reason in refusal_reasons(refusal))
    return ()


def place_hold(barrier: threading.Barrier | None = None) -> DosingHold:
    by = User.objects.get(username="medicalmonitor")
    if barrier:
        barrier.wait(WAIT_SECONDS)
    return holds.place(
        study=Study.objects.get(), kind=HoldKind.MANUAL, reason="A question of safety", by=by, at=clock.now()
    )


def someone_waits_for_a_lock(database: Clone) -> bool:
    watcher = psycopg2.connect(database.owner_url)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        with watcher.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return True
                time.sleep(0.01)
    finally:
        watcher.close()
    return False


def test_of_two_starts_exactly_one_wins(infusion):
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        outcomes = [in_thread(pool, lambda: start(infusion, "nurse", barrier)) for _device in range(2)]
        results = [outcome.result(WAIT_SECONDS) for outcome in outcomes]
    assert sorted(results) == [(), ("DOS-STARTED",)]
    fresh = Infusion.objects.select_related("performed_by").get(pk=infusion.pk)
    assert (fresh.state, fresh.performed_by.username) == (InfusionState.RUNNING, "nurse")
    assert ProductUnit.objects.get(pk=fresh.unit_id).state == UnitState.INFUSED
    started = AuditEvent.objects.filter(act="infusions.start", table_name="dosing_infusion", row_id=str(infusion.pk))
    assert started.count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_a_hold_placed_at_the_moment_of_a_start_always_commits(infusion, attempt):
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        starting = in_thread(pool, lambda: start(infusion, "nurse", barrier))
        holding = in_thread(pool, lambda: place_hold(barrier))
        held, refused = holding.result(WAIT_SECONDS), starting.result(WAIT_SECONDS)
    assert DosingHold.objects.filter(pk=held.pk, lifted_at__isnull=True).exists()
    state = Infusion.objects.get(pk=infusion.pk).state
    assert (refused, state) in [((), InfusionState.RUNNING), (("DOS-STUDY-HOLD",), InfusionState.PRODUCT_ISSUED)]


def test_a_start_that_waited_for_a_hold_sees_it(infusion, committed_db):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            place_hold()
            starting = in_thread(pool, lambda: start(infusion, "nurse"))
            assert someone_waits_for_a_lock(committed_db)
        assert starting.result(WAIT_SECONDS) == ("DOS-STUDY-HOLD",)
    assert Infusion.objects.get(pk=infusion.pk).state == InfusionState.PRODUCT_ISSUED


def test_a_raw_start_that_waited_for_a_hold_sees_it_too(infusion, committed_db, app_connection):
    """The database's own guard reads after the wait, whatever the statement had seen before."""
    nurse = User.objects.get(username="nurse")

    def attack() -> str:
        session = app_connection()
        with session.cursor() as cursor:
            cursor.execute('SELECT set_config(\'stepwise.context\', \'{"actor": "nurse", "act": "x"}\', true)')
            try:
                cursor.execute(
                    "UPDATE dosing_infusion SET state = 'RUNNING', started_at = trial_now(), performed_by_id = %s"
                    " WHERE id = %s",
                    [nurse.pk, infusion.pk],
                )
            except psycopg2.Error as refusal:
                return str(refusal.diag.message_hint)
        return "started"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            place_hold()
            attacking = pool.submit(attack)
            assert someone_waits_for_a_lock(committed_db)
        assert attacking.result(WAIT_SECONDS) == "DOS-STUDY-HOLD"


def test_a_hold_that_waited_for_a_start_still_commits_and_stops_nothing(infusion, committed_db):
    """Decision 10: a running infusion goes on; the page offers to pause and to stop it."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert start(infusion, "nurse") == ()
            holding = in_thread(pool, place_hold)
            assert someone_waits_for_a_lock(committed_db)
        assert isinstance(holding.result(WAIT_SECONDS), DosingHold)
    running = Infusion.objects.get(pk=infusion.pk)
    assert running.state == InfusionState.RUNNING
    nurse = User.objects.get(username="nurse")
    infusion_course.pause(infusion=running, reason=PauseReason.REQUEST, note="", by=nurse, at=clock.now())
    infusion_course.resume(infusion=running, by=nurse, at=clock.now())
    assert bedside.complete(Infusion.objects.get(pk=infusion.pk), {"nurse": nurse}, at=clock.now()).ended_at
