"""Fixtures for every test: databases as the application role, a real site, a real worker, a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest
from hypothesis import HealthCheck, settings

from config.launch.foreground import leave_with_parent
from tests import servers
from tests.databases import Clone, Databases

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from psycopg2.extensions import connection as Connection  # noqa: N812
    from pytest_django.plugin import DjangoDbBlocker

    from tests.builders.prepared import Scene

TRUNCATING = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}
# How fast a busy machine makes up examples, or runs one, says nothing about the product.
settings.register_profile("stepwise", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stepwise")

WORKER_SECONDS = 30.0
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what would truncate: append-only tables are never emptied, a committed test gets a clone instead."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        truncates = TRUNCATING.intersection(getattr(item, "fixturenames", ()))
        if truncates or (marker and (marker.kwargs.get("transaction") or marker.args)):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture committed_db; truncating tables is refused.")


# ---------------------------------------------------------------------------------------------------------- databases


@pytest.fixture(scope="session", autouse=True)
def quick_passwords(django_test_environment: None) -> None:
    """Passwords of tests are stretched a thousand times, not a million: thousands are made and checked in one run.

    The hash says how often, so every process checks it as it checks any other.
    """
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1_000


@pytest.fixture(scope="session")
def databases(django_test_environment: None) -> Iterator[Databases]:
    databases = Databases()
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Ordinary tests (``db``): one clone for the session, each test in a transaction that is rolled back."""
    from django.db import connections

    clone = databases.clone(name=servers.SERVER.session_database)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    databases.drop(clone)


@pytest.fixture(scope="session")
def broker() -> servers.Broker:
    servers.BROKER.ensure()
    return servers.BROKER


@pytest.fixture
def committed_db(
    databases: Databases, broker: servers.Broker, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[Clone]:
    """A database of the test's own, of a demonstration, in which commits are commits, for every thread and process."""
    yield from _committed(databases, broker, django_db_blocker, request, demo=True)


@pytest.fixture(scope="session")
def told_once(databases: Databases, broker: servers.Broker, django_db_blocker: DjangoDbBlocker) -> Iterator[Clone]:
    """The demonstration's story, told once a session by the product's own command; nobody works in this one."""
    from django.core.management import call_command

    clone = databases.clone()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        _point_django_at(clone, patch, demo=True)
        call_command("demo_seed")
        _close_connections()
    yield clone
    databases.drop(clone)


@pytest.fixture(scope="session")
def built_once(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """Infusions prepared up to their start, built once a session; nobody works in this one."""
    from tests.builders.prepared import built_scene

    with built_scene(databases, django_db_blocker.unblock) as scene:
        yield scene


@pytest.fixture
def told_db(
    databases: Databases,
    broker: servers.Broker,
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
    told_once: Clone,
) -> Iterator[Clone]:
    """As ``committed_db``, in which the demonstration's story has been told: the trial as a visitor finds it."""
    yield from _committed(databases, broker, django_db_blocker, request, demo=True, like=told_once)


@pytest.fixture
def committed_real_db(
    databases: Databases, broker: servers.Broker, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[Clone]:
    """As ``committed_db``, of a real deployment (``DEMO=0``)."""
    yield from _committed(databases, broker, django_db_blocker, request, demo=False)


def _committed(
    databases: Databases,
    broker: servers.Broker,
    blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
    *,
    demo: bool,
    like: Clone | None = None,
) -> Iterator[Clone]:
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail("A test uses either db (rolled back) or committed_db (its own clone), not both.", pytrace=False)
    broker.empty()
    clone = databases.clone(demo=demo, like=like)
    try:
        with blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            _point_django_at(clone, patch, demo=demo)
            yield clone
            _close_connections()
    finally:
        databases.drop(clone)


def _point_django_at(clone: Clone, patch: pytest.MonkeyPatch, *, demo: bool) -> None:
    """All threads share the one dictionary of settings, so each of them opens its next connection to the clone."""
    from django.conf import settings
    from django.db import connections

    _close_connections()
    patch.setitem(connections.settings["default"], "NAME", clone.name)
    patch.setattr(settings, "DEMO", demo)
    patch.setenv("DEMO", "1" if demo else "0")
    patch.setenv("DATABASE_URL", clone.app_url)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


@pytest.fixture
def owner_connection(committed_db: Clone) -> Iterator[Connection]:
    """The owner role in the test's database: it prepares attacks that the application role must then fail at."""
    connection = psycopg2.connect(committed_db.owner_url)
    yield connection
    connection.close()


@pytest.fixture
def app_connection(committed_db: Clone) -> Iterator[Callable[[], Connection]]:
    """New sessions of the application role, as raw as an attacker with its password would have them."""
    opened: list[Connection] = []

    def connect() -> Connection:
        opened.append(psycopg2.connect(committed_db.app_url))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


# ------------------------------------------------------------------------------------------------ site, worker, browser


@pytest.fixture
def site_url(committed_db: Clone, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application served by threads of this process against the test's database."""
    from django.conf import settings
    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.test.testcases import QuietWSGIRequestHandler

    from config.wsgi import application

    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(settings, "SITE_URL", url)
    yield url
    server.shutdown()
    server.server_close()
    thread.join(10)


@dataclass(frozen=True, slots=True)
class Worker:
    process: subprocess.Popen[bytes]
    log: Path


@pytest.fixture
def celery_worker_process(committed_db: Clone, broker: servers.Broker, tmp_path: Path) -> Iterator[Worker]:
    """A worker and its beat as processes of their own, sweeping every second, without the signing key."""
    log = tmp_path / "worker.log"
    options = ["worker", "--beat", "--schedule", str(tmp_path / "schedule"), "--concurrency", "1", "--loglevel", "INFO"]
    parent = os.getpid()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config.celery", *options, "--without-gossip", "--without-mingle"],
            cwd=servers.ROOT,
            env=servers.process_environment(
                DATABASE_URL=committed_db.app_url,
                REDIS_URL=broker.url,
                SECRET_KEY=os.environ["SECRET_KEY"],
                DATA_DIR=os.environ["DATA_DIR"],
                DEMO="1",
                SWEEP_SECONDS="1",
            ),
            stdout=output,
            stderr=output,
            preexec_fn=lambda: leave_with_parent(parent=parent, death_signal=signal.SIGKILL),
        )
    _wait_for_worker(process, log)
    yield Worker(process, log)
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for_worker(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + WORKER_SECONDS
    while " ready." not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"The worker did not start:\n{log.read_text(errors='replace')}", pytrace=False)
        time.sleep(0.05)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Without one the test is skipped on a desk and fails in continuous integration."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        reason = "No chromium on this machine: apt-get install chromium"
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; Django would take every query here for one made inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser, site_url: str) -> Iterator[Page]:
    """A fresh browser session on the site: no cookies of another test."""
    context = browser.new_context(base_url=site_url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
