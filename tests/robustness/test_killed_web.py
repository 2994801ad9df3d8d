"""The web process killed in the middle of a request: nothing half-written, and the same request can be sent again."""

from __future__ import annotations

import http.client
import threading

from psycopg2.extensions import connection as Connection  # noqa: N812

from enrollment.models import Subject
from safety.models import AdverseEvent, GradeEntry
from tests.builders.scenario import TrialScenario
from tests.robustness.processes import Crew, wait_until
from tests.robustness.site import ASLEEP, BUSY, Site, serve, sessions
from trial import clock
from trial.models import AuditEvent, DosingHold, IdempotentRequest, Notification
from trial.rules.site_time import site_date

# The last table that this request writes into: by then event, grade and history are written, not committed.
SLOW_HOLD = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
CREATE TRIGGER zz_slowly AFTER INSERT ON trial_dosinghold FOR EACH ROW EXECUTE FUNCTION slowly();
"""


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
