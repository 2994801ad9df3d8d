"""The door of the installation: signing in and out, the lock, its health and its error pages."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.builders.scenario import TrialScenario
from trial.demonstration import PASSWORD

pytestmark = pytest.mark.django_db

PASSWORD_OF_TESTS = "a password for tests"


def test_the_sign_in_page_of_a_demonstration_shows_its_accounts(client: Client) -> None:
    page = client.get(reverse("login"))
    assert page.status_code == 200
    assert PASSWORD in page.content.decode()
    assert "coordinator" in page.content.decode()


def test_a_person_signs_in_and_out(client: Client, scenario: TrialScenario) -> None:
    answer = client.post(reverse("login"), {"username": "coordinator", "password": PASSWORD_OF_TESTS})
    assert (answer.status_code, answer["Location"]) == (302, reverse("board"))
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).status_code == 302
    assert client.get(reverse("board"))["Location"].startswith(reverse("login"))


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, scenario: TrialScenario) -> None:
    asked = client.get(reverse("work"))
    assert asked["Location"] == f"{reverse('login')}?next={reverse('work')}"
    answer = client.post(asked["Location"], {"username": "nurse", "password": PASSWORD_OF_TESTS})
    assert answer["Location"] == reverse("work")


def test_ten_wrong_passwords_lock_the_account_for_everybody(client: Client, scenario: TrialScenario) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert client.post(reverse("login"), {"username": "nurse", "password": "wrong"}).status_code == 200
    locked = client.post(reverse("login"), {"username": "nurse", "password": "wrong"})
    assert locked.status_code == 429
    assert "locked for a while" in locked.content.decode()
    right = client.post(reverse("login"), {"username": "nurse", "password": PASSWORD_OF_TESTS})
    assert right.status_code == 429
    other = client.post(reverse("login"), {"username": "nurse2", "password": PASSWORD_OF_TESTS})
    assert other.status_code == 302


def test_an_unknown_address_is_answered_by_a_page_and_by_json(client: Client, scenario: TrialScenario) -> None:
    client.force_login(scenario.people["nurse"], backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/no/such/page/")
    assert page.status_code == 404
    assert "nothing at this address" in page.content.decode()
    assert client.get("/api/v1/no-such-thing/").json() == {"detail": "Not found."}


def test_health_tells_only_whether_it_can_work(client: Client, broker: object) -> None:
    broker.ensure()  # type: ignore[attr-defined]  # the session's Valkey
    answer = client.get(reverse("healthz"))
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok"}


def test_health_names_the_broker_when_it_is_gone(client: Client, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]  # pytest-django's settings
    answer = client.get(reverse("healthz"))
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "unreachable"}


def test_the_server_error_page_asks_nothing(client: Client, django_assert_num_queries: object) -> None:
    from django.test import RequestFactory

    from reports.errors import server_error

    with django_assert_num_queries(0):  # type: ignore[operator]  # a fixture
        page = server_error(RequestFactory().get("/work/"))
    assert page.status_code == 500
    assert "failed on our side" in page.content.decode()
