"""The web process killed in the middle of a start and of an entry: one row each; the clock goes on from the rows."""

from __future__ import annotations

import http.client
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from dosing.models import Infusion, Interruption, VitalSigns
from dosing.rules.states import PauseReason
from dosing.selectors.course import interruptions_of, running_time_of
from dosing.selectors.guard import infusion_for_guard
from dosing.services import infusion_course
from tests.builders.scenario import TrialScenario
from tests.robustness.processes import Crew, wait_until
from tests.robustness.site import ASLEEP, BUSY, Site, serve, sessions
from trial import clock
from trial.models import AuditEvent, DueItem, IdempotentRequest
from trial.services import tokens

SLOW = """
CREATE FUNCTION slowly_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
CREATE TRIGGER zz_slowly AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION slowly_{table}();
"""


def post(site: Site, path: str, body: dict[str, Any], *, key: str) -> tuple[int, dict[str, Any]]:
    headers = {
        "Authorization": f"Token {site.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    status, answer = site.ask("POST", path, body=json.dumps(body), headers=headers)
    return status, json.loads(answer)


def killed_in(site: Site, crew: Crew, path: str, body: dict[str, Any], *, key: str) -> None:
    """Send it, and kill the server while the database still works on it."""
    answers: list[object] = []

    def ask() -> None:
        try:
            answers.append(post(site, path, body, key=key))
        except (OSError, http.client.HTTPException) as error:
            answers.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: sessions(ASLEEP) or answers, crew.log, "web")
    assert answers == []
    crew.kill("web")
    asking.join(30)
    assert [type(answer) for answer in answers] == [http.client.RemoteDisconnected]
    wait_until(lambda: not sessions(BUSY))


def slow(owner: Connection, table: str) -> None:
    with owner, owner.cursor() as cursor:
        cursor.execute(SLOW.format(table=table))


def quick(owner: Connection, table: str) -> None:
    with owner, owner.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER zz_slowly ON {table}")


@pytest.fixture
def ward(scenario: TrialScenario, site: Site) -> Site:
    """The site, asked by the nurse who infuses."""
    nurse = scenario.people["nurse"]
    issued = tokens.issue(purpose="test", life=timedelta(days=1), by=nurse, at=clock.true_now())
    return Site(site.port, issued.plaintext)


def test_start_entry_pause_and_clock_survive_the_death_of_web_and_worker(
    scenario: TrialScenario,
    ward: Site,
    crew: Crew,
    owner_connection: Connection,
) -> None:
    infusion = scenario.prepared()
    path = f"/api/v1/infusions/{infusion.pk}/"

    slow(owner_connection, "dosing_infusion")
    killed_in(ward, crew, f"{path}start/", {}, key="start")
    assert Infusion.objects.get(pk=infusion.pk).started_at is None
    assert not IdempotentRequest.objects.filter(key="start").exists()
    quick(owner_connection, "dosing_infusion")
    serve(crew, ward)
    assert post(ward, f"{path}start/", {}, key="start")[0] == 200
    assert post(ward, f"{path}start/", {}, key="start")[0] == 200
    rows = AuditEvent.objects.filter(table_name="dosing_infusion", row_id=str(infusion.pk), after__state="RUNNING")
    assert rows.count() == 1

    slow(owner_connection, "dosing_vitalsigns")
    entry = {"point": "S+0", "heart_rate": "82"}
    killed_in(ward, crew, f"{path}vital-signs/", entry, key="vital signs")
    assert VitalSigns.objects.count() == 0
    quick(owner_connection, "dosing_vitalsigns")
    serve(crew, ward)
    first = post(ward, f"{path}vital-signs/", entry, key="vital signs")
    again = post(ward, f"{path}vital-signs/", entry, key="vital signs")
    assert (first[0], again, VitalSigns.objects.count()) == (201, first, 1)

    # Paused, then everything dies and comes back: the clock stands where the rows say, and goes on from there.
    crew.worker()
    nurse = scenario.people["nurse"]
    scenario.wait(minutes=10)
    running = Infusion.objects.get(pk=infusion.pk)
    infusion_course.pause(infusion=running, reason=PauseReason.TECHNICAL, note="", by=nurse, at=clock.now())
    crew.kill("web")
    crew.kill("worker")
    scenario.wait(minutes=7)
    serve(crew, ward)
    crew.worker()
    assert post(ward, f"{path}resume/", {}, key="resume")[0] == 200
    told = post(ward, f"{path}resume/", {}, key="resume")[1]["running_time"]
    fresh = infusion_for_guard(infusion.pk)
    kept = running_time_of(fresh, interruptions_of(fresh), at=clock.now())
    assert kept is not None
    assert told["paused_s"] // 60 == int(kept.paused.total_seconds()) // 60 == 7
    assert told["running_s"] // 60 == 10
    assert Interruption.objects.count() == 1
    status, done = post(ward, f"{path}complete/", {"infused_volume_ml": "6.9"}, key="complete")
    assert (status, done["state"]) == (200, "COMPLETED")
    assert DueItem.objects.filter(key=f"infusion:{infusion.pk}:series").count() == 1
