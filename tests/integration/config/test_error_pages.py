"""Error pages keep the way about for whoever is signed in; the page of a failing server stands by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config import urls
from tests.builders.scenario import TrialScenario
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.rules.decision import Decision, Reason

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]
NAVIGATION, ALONE = 'class="mainnav', 'class="alone"'
REASON = Reason("DOS-CONSENT", "No consent is in force.", "ICH E6")


def failing_with(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
FAILURES = {
    "malformed": (SuspiciousOperation("An address of the wrong shape"), 400),
    "denied": (PermissionDenied(), 403),
    "not-permitted": (NotPermitted(REASON), 403),
    "unknown": (Http404(), 404),
    "refused": (RuleViolation(Decision((REASON,))), 409),
    "stale": (StaleRecord("It has changed."), 409),
    "broken": (OperationalError("The database is gone"), 500),
}
urlpatterns = [
    *(path(f"failing/{name}/", failing_with(error)) for name, (error, _) in FAILURES.items()),
    *urls.urlpatterns,
]
AT_FAULT = [(name, status) for name, (_, status) in FAILURES.items() if status < 500]


@pytest.fixture(autouse=True)
def failing_views(settings: object) -> None:
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]  # pytest-django's settings


@pytest.mark.parametrize(("name", "status"), AT_FAULT)
def test_whoever_is_signed_in_keeps_the_navigation(browser_of: Browser, name: str, status: int) -> None:
    answer = browser_of("nurse").get(f"/failing/{name}/")
    shown = answer.content.decode()
    assert answer.status_code == status
    assert (NAVIGATION in shown, ALONE in shown, shown.count("<h1")) == (True, False, 1)
    assert f"{status}" in shown
    assert (REASON.message in shown) is (name in ("not-permitted", "refused"))


@pytest.mark.parametrize(("name", "status"), AT_FAULT)
def test_a_stranger_gets_a_page_that_stands_by_itself(
    client: Client, scenario: TrialScenario, name: str, status: int
) -> None:
    answer = client.get(f"/failing/{name}/")
    shown = answer.content.decode()
    assert answer.status_code == status
    assert (NAVIGATION in shown, ALONE in shown, shown.count("<h1")) == (False, True, 1)


def test_a_failing_server_shows_no_navigation_to_anybody(browser_of: Browser) -> None:
    client = browser_of("nurse")
    client.raise_request_exception = False
    answer = client.get("/failing/broken/")
    shown = answer.content.decode()
    assert (answer.status_code, NAVIGATION in shown, ALONE in shown) == (500, False, True)


def test_a_request_for_another_host_is_malformed(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # a fixture
        answer = client.get("/", headers={"host": "elsewhere.example"})
    assert (answer.status_code, ALONE in answer.content.decode()) == (400, True)


def test_a_form_from_another_session_keeps_the_navigation(scenario: TrialScenario) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scenario.people["nurse"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/sign-out/")
    assert (answer.status_code, NAVIGATION in answer.content.decode()) == (403, True)
