"""The web process killed in the middle of a request: nothing half-written, and the same request can be sent again."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import pytest
from django.db import connection
from psycopg2.extensions import connection as Connection  # noqa: N812

from enrollment.models import Subject
from safety.models import AdverseEvent, GradeEntry
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.processes import Crew, wait_until
from trial import clock
from trial.models import AuditEvent, DosingHold, IdempotentRequest, Notification
from trial.rules.site_time import site_date
from trial.services import tokens

# The last table that this request writes into: by then event, grade and history are written, not committed.
SLOW_HOLD = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
CREATE TRIGGER zz_slowly AFTER INSERT ON trial_dosinghold FOR EACH ROW EXECUTE FUNCTION slowly();
"""
BUSY = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
          AND pid <> pg_backend_pid() AND (wait_event = 'PgSleep' OR xact_start IS NOT NULL)"""
ASLEEP = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


@dataclass(frozen=True, slots=True)
class Site:
    port: int
    token: str

    def record(self, event: dict[str, object]) -> tuple[int, dict[str, object]]:
        headers = {
            "Authorization": f"Token {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": "the same at every attempt",
        }
        status, answer = self.ask("POST", "/api/v1/events/", body=json.dumps(event), headers=headers)
        return status, json.loads(answer)

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0] == http.HTTPStatus.OK
        except OSError:
            return False

    def ask(
        self, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            link.request(method, path, body, dict(headers))
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()


@pytest.fixture
def scenario(committed_db: Clone) -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def site(scenario: TrialScenario, crew: Crew) -> Site:
    """The product's web server as a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    issued = tokens.issue(
        purpose="test", life=timedelta(days=1), by=scenario.people["investigator"], at=clock.true_now()
    )
    crew.environment |= {
        "PORT": str(port),
        "SIGNING_KEY_FILE": os.environ["SIGNING_KEY_FILE"],
        "VAULT_KEYS_FILE": os.environ["VAULT_KEYS_FILE"],
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    site = Site(port, issued.plaintext)
    serve(crew, site)
    return site


def anaphylaxis_of(subject: Subject) -> dict[str, object]:
    """After the infusion, so that it places a hold as well."""
    return {
        "subject": subject.code,
        "reported_term": "Anaphylaxis",
        "ctcae_term": "Anaphylaxis",
        "onset": site_date(clock.now(), timezone=subject.site.timezone).isoformat(),
        "aware_at": clock.now().isoformat(),
        "grade": 3,
        "serious": True,
        "seriousness_criteria": ["life_threatening"],
        "relationship": "definite",
        "infusion_number": 1,
    }


def serve(crew: Crew, site: Site) -> None:
    options = [
        "--bind",
        f"127.0.0.1:{site.port}",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--preload",
        "--no-control-socket",
    ]
    crew.run("web", "-m", "gunicorn", *options, "config.wsgi:application")
    wait_until(site.answers, crew.log, "web")


def sessions(query: str) -> int:
    """Other sessions of the application role; the owner would not be shown what they do."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def rows_of_an_event() -> dict[str, int]:
    tables = (AdverseEvent, GradeEntry, DosingHold, Notification, IdempotentRequest, AuditEvent)
    return {model.__name__: model.objects.count() for model in tables}


def test_a_killed_server_leaves_nothing_of_the_request_and_takes_it_again(
    scenario: TrialScenario, site: Site, crew: Crew, owner_connection: Connection
) -> None:
    subject = scenario.dosed().subject
    event, before = anaphylaxis_of(subject), rows_of_an_event()
    with owner_connection, owner_connection.cursor() as cursor:
        cursor.execute(SLOW_HOLD)
    answers: list[object] = []

    def ask() -> None:
        try:
            answers.append(site.record(event))
        except (OSError, http.client.HTTPException) as error:
            answers.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: sessions(ASLEEP) or answers, crew.log, "web")
    assert answers == [], rows_of_an_event()
    crew.kill("web")
    asking.join(30)
    assert [type(answer) for answer in answers] == [http.client.RemoteDisconnected]
    wait_until(lambda: not sessions(BUSY))
    assert rows_of_an_event() == before
    with owner_connection, owner_connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER zz_slowly ON trial_dosinghold")

    serve(crew, site)
    status, recorded = site.record(event)
    assert status == 201, recorded
    after = rows_of_an_event()
    assert (after["AdverseEvent"], after["GradeEntry"]) == (1, 1)
    assert after["DosingHold"] > before["DosingHold"]
    status, again = site.record(event)
    assert (status, again["id"]) == (201, recorded["id"])
    assert rows_of_an_event() == after
