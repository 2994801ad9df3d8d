"""The web process killed between keeping a draft and saving the form: the draft is there when it runs again."""

from __future__ import annotations

import http.client
import json
import os
import socket
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.processes import Crew, wait_until

TOKEN = "t" * 32
OPTIONS = ("--worker-class", "gthread", "--threads", "4", "--preload", "--no-control-socket")


def ask(port: int, method: str, path: str, *, session: str = "", body: str | None = None) -> tuple[int, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    cookies = f"sessionid={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    try:
        link.request(method, path, body, {"Cookie": cookies, "X-CSRFToken": TOKEN})
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/healthz")[0] == http.HTTPStatus.OK
    except OSError:
        return False


@pytest.fixture
def port(crew: Crew) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    crew.environment |= {
        "PORT": str(port),
        "SIGNING_KEY_FILE": os.environ["SIGNING_KEY_FILE"],
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    return port


def serve(crew: Crew, port: int) -> None:
    crew.run("web", "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *OPTIONS, "config.wsgi:application")
    wait_until(lambda: answers(port), crew.log, "web")


def test_a_draft_outlives_the_server_that_kept_it(committed_db: Clone, crew: Crew, port: int) -> None:
    scenario = TrialScenario()
    subject = scenario.consented()
    client = Client()
    client.force_login(scenario.people["coordinator"], backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    asked = {"place": reverse("screening", args=[subject.code]), "person": "coordinator"}
    address = f"{reverse('draft')}?{urlencode(asked | {'study': scenario.study.registry_id})}"
    typed = {"window": "window-one", "fields": {"weight_kg": ["61"]}}

    serve(crew, port)
    status, said = ask(port, "PUT", address, session=session, body=json.dumps(typed))
    assert status == http.HTTPStatus.OK, said
    crew.kill("web")
    assert not answers(port)

    serve(crew, port)
    status, said = ask(port, "GET", address, session=session)
    assert (status, json.loads(said)["draft"]["fields"]) == (http.HTTPStatus.OK, typed["fields"])
