"""R30 in processes of their own: the web server at its most talkative, told identities, says none of them anywhere."""

from __future__ import annotations

import http.client
import json
import os
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders.planted import Needles, planted
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.processes import Crew, wait_until
from trial import clock
from trial.services import tokens

NEEDLES = Needles.of([planted(0), planted(1)])


class Site:
    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self._headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            link.request(method, path, json.dumps(body) if body is not None else None, self._headers)
            answer = link.getresponse()
            return answer.status, answer.read().decode()
        finally:
            link.close()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0] == http.HTTPStatus.OK
        except OSError:
            return False


@pytest.fixture
def scenario(committed_db: Clone) -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def site(scenario: TrialScenario, crew: Crew) -> Site:
    """The web server with every log there is turned on; a worker sweeping beside it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    issued = tokens.issue(
        purpose="test", life=timedelta(days=1), by=scenario.people["coordinator"], at=clock.true_now()
    )
    crew.environment |= {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "DEBUG"}
    keys = {name: os.environ[name] for name in ("SIGNING_KEY_FILE", "VAULT_KEYS_FILE")}
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--no-control-socket"]
    options += ["--log-level", "debug", "--access-logfile", "-"]
    crew.run("web", "-m", "gunicorn", *options, "config.wsgi:application", **keys)
    crew.worker()
    crew.beat()
    site = Site(port, issued.plaintext)
    wait_until(site.answers, crew.log, "web")
    return site


def test_no_process_says_what_it_is_told(site: Site, scenario: TrialScenario, crew: Crew, tmp_path: Path) -> None:
    first, second = (f"/api/v1/subjects/{scenario.consented().code}/identity/" for _ in range(2))
    identity, other = ({"identity": planted(number).as_texts()} for number in range(2))
    assert site.ask("PUT", first, identity)[0] == http.HTTPStatus.CREATED
    assert site.ask("PUT", second, identity)[0] == http.HTTPStatus.CONFLICT  # the same person twice
    assert site.ask("PUT", second, other)[0] == http.HTTPStatus.CREATED
    status, opened = site.ask("POST", first, {"purpose": "CORRECTION"})
    assert (status, planted(0).full_name in opened) == (http.HTTPStatus.OK, True)
    repeated = {"purpose": "CONTACT", "note": planted(0).full_name}
    assert site.ask("POST", first, repeated)[0] == http.HTTPStatus.CONFLICT
    version = json.loads(opened)["version"]
    for reason, answered in ((planted(0).phone, http.HTTPStatus.CONFLICT), ("Planted", http.HTTPStatus.CONFLICT)):
        again = {"identity": planted(1).as_texts(), "seen_version": version, "reason": reason}
        assert site.ask("PUT", first, again)[0] == answered  # one repeats what is sealed, one is somebody else
    broken = f'{{"identity": {{"full_name": "{planted(0).full_name}", '
    assert site.ask("PUT", first, broken)[0] == http.HTTPStatus.BAD_REQUEST

    logs = {path.name: path.read_bytes() for path in tmp_path.glob("*.log")}
    assert {"web.log", "worker.log", "beat.log"} <= set(logs)
    assert b"/identity/" in logs["web.log"]
    assert {name: NEEDLES.found_in_bytes(content) for name, content in logs.items()} == {name: set() for name in logs}
    for name in ("web", "worker", "beat"):
        held = Path(f"/proc/{crew.pid(name)}/environ").read_bytes()
        assert (b"VAULT_KEYS_FILE" in held) is (name == "web")
