"""The product's web server as a process of its own, asked as a program asks it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import connection

from tests.robustness.processes import Crew, wait_until

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
