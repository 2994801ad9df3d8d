"""A trial in which much falls due at once, and a witness in its database of what was carried out how often."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from followup.models import Visit
from followup.services import visit_plans
from tests import servers
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.processes import Crew, crew_of
from tests.robustness.site import Site, serve
from trial import clock
from trial.models import DueItem
from trial.services import tokens
from trial.services.regulated import regulated

# Written by a trigger in the transaction that it witnesses: what was rolled back leaves no trace here either.
WITNESS = """
CREATE TABLE witness (item bigint NOT NULL, session integer NOT NULL DEFAULT pg_backend_pid());
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_sleep({pause});
    INSERT INTO public.witness (item) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER z_witness AFTER UPDATE ON trial_dueitem FOR EACH ROW
    WHEN (OLD.done_at IS NULL AND NEW.done_at IS NOT NULL) EXECUTE FUNCTION witness();
GRANT SELECT ON witness TO stepwise_app;
"""
PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class DueTrial:
    """Participants with visits ahead: for each a reminder and a notice after its window, none of them due yet."""

    scenario: TrialScenario
    connection: Connection
    items: int

    def let_all_fall_due(self) -> None:
        self.scenario.wait(days=60)

    def done(self) -> int:
        return DueItem.objects.filter(done_at__isnull=False).count()

    def is_done(self) -> bool:
        return self.done() == self.items

    def carried_out(self) -> list[tuple[int, int]]:
        """Per item: how often it was committed as carried out."""
        return self._ask("SELECT item, count(*) FROM witness GROUP BY item")

    def sessions(self) -> int:
        """In how many database sessions, hence worker processes, items were carried out."""
        return self._ask("SELECT count(DISTINCT session), 0 FROM witness")[0][0]

    def told_per_person(self) -> list[tuple[int, int]]:
        return self._ask("SELECT user_id, count(*) FROM trial_notification WHERE key LIKE 'visit:%' GROUP BY user_id")

    def _ask(self, query: str) -> list[tuple[int, int]]:
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


@pytest.fixture
def make_due(owner_connection: Connection) -> Callable[..., DueTrial]:
    """Makes a trial with at least so many due items ahead; each takes ``pause`` seconds more than by itself."""

    def make(items: int, *, pause: float = PAUSE_SECONDS) -> DueTrial:
        scenario = TrialScenario()
        while Visit.objects.count() * 2 < items:
            scenario.consented()
        _give_windows(scenario)
        with owner_connection, owner_connection.cursor() as cursor:
            cursor.execute(WITNESS.format(pause=pause))
        return DueTrial(scenario, owner_connection, DueItem.objects.count())

    return make


def _give_windows(scenario: TrialScenario) -> None:
    """Screening has no window of days; here it gets one, so that many visits fall due without many infusions."""
    at = scenario.at
    with regulated(by=scenario.people["coordinator"], act="visits.plan"):
        for visit in Visit.objects.select_related("subject__study"):
            visit.opens_at, visit.closes_at = at + timedelta(days=20), at + timedelta(days=30)
            visit.save(update_fields=["opens_at", "closes_at"])
            visit_plans.plan_due(visit, lead_days=3, at=at)


@pytest.fixture
def crew(committed_db: Clone, broker: servers.Broker, tmp_path: Path) -> Iterator[Crew]:
    with crew_of(clone=committed_db, broker=broker, folder=tmp_path) as crew:
        yield crew


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
