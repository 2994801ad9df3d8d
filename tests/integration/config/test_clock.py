"""Moving the clock of a demonstration, and the real worker that carries out what falls due."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from config import clock as demonstration_clock
from reports.models import Report
from reports.rules.states import ReportState
from reports.services import requests
from safety.services import gate_reviews
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from trial import clock
from trial.models import Cohort, DueItem

BACKEND = "django.contrib.auth.backends.ModelBackend"
WORKER_SECONDS = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WORKER_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "The worker did not do it in time."
        time.sleep(0.1)


# ------------------------------------------------------------------------------------------------------------- pages


def test_a_day_passes_and_the_page_waits_for_the_worker(browser_of: Callable[[str], Client], broker: object) -> None:
    broker.ensure()  # type: ignore[attr-defined]  # the session's Valkey
    client = browser_of("nurse")
    before = clock.now()
    moved = client.post(reverse("clock"), {"step": "day"})
    assert (moved.status_code, moved["Location"]) == (302, reverse("clock"))
    assert clock.now() - before >= timedelta(days=1)
    assert "Catching up" in client.get(reverse("clock")).content.decode()
    assert "hx-get" in client.get(reverse("clock-progress")).content.decode()
    given_up = client.get(reverse("clock-progress"), {"waited": "99"}).content.decode()
    assert "hx-get" not in given_up
    assert "has not answered" in given_up


def test_nothing_planned_is_said_beside_the_button(browser_of: Callable[[str], Client]) -> None:
    client = browser_of("sponsor")
    assert "Nothing is planned" in client.get(reverse("clock")).content.decode()
    refused = client.post(reverse("clock"), {"step": "next"})
    assert refused.status_code == 409
    assert "CLK-NOTHING" in refused.content.decode()
    assert client.post(reverse("clock"), {"step": "a year back"}).status_code == 400


def test_the_api_moves_it_too(scenario: TrialScenario, broker: object) -> None:
    broker.ensure()  # type: ignore[attr-defined]  # the session's Valkey
    scenario.consented()
    program = APIClient()
    program.force_authenticate(scenario.people["sponsor"])
    program.force_login(scenario.people["sponsor"], backend=BACKEND)
    shown = program.get("/api/v1/clock/").json()
    moved = program.post("/api/v1/clock/", {"minutes": 90}, format="json").json()
    assert moved["trial_now"] > shown["trial_now"]
    assert program.post("/api/v1/clock/", {}, format="json").status_code == 400
    assert program.post("/api/v1/clock/", {"minutes": -5}, format="json").status_code == 400
    assert program.post("/api/v1/clock/", {"minutes": 5, "to_next": True}, format="json").status_code == 400


def test_a_real_deployment_has_no_such_page(committed_real_db: Clone) -> None:
    scenario_people = _one_administrator()
    client = Client()
    client.force_login(scenario_people, backend=BACKEND)
    assert client.get(reverse("clock")).status_code == 404
    assert client.post(reverse("clock"), {"step": "day"}).status_code == 404
    assert client.get(reverse("board")).status_code == 200
    assert b"Move the clock" not in client.get(reverse("board")).content
    assert b"stepwise-demo" not in Client().get(reverse("login")).content
    with pytest.raises(CommandError, match="cannot be moved"):
        call_command("demo_clock", "--advance", "1d")


def _one_administrator():  # type: ignore[no-untyped-def]  # a user
    from trial.models import Study
    from trial.services import people

    return people.first_administrator(
        username="first",
        printed_name="First",
        password="a password for tests",
        study=Study.objects.get(),
        at=clock.now(),
    )


# ---------------------------------------------------------------------------------------------------- the real worker


def test_the_command_waits_for_the_real_worker(committed_db: Clone, celery_worker_process: object) -> None:
    scenario = TrialScenario()
    scenario.dosed()
    told = StringIO()
    call_command("demo_clock", "--to-next", stdout=told)
    call_command("demo_clock", "--advance", "40d", stdout=told)
    assert "A visit became overdue" in told.getvalue()
    assert not DueItem.objects.filter(due_at__lte=clock.now(), done_at__isnull=True, cancelled_at__isnull=True).exists()
    assert demonstration_clock.caught_up(until=clock.now() - timedelta(minutes=1))


def test_a_report_is_made_by_the_real_worker(committed_db: Clone, celery_worker_process: object) -> None:
    scenario = TrialScenario()
    scenario.dosed()
    cohort = Cohort.objects.select_related("study").get(number=1)
    review = gate_reviews.convene(cohort=cohort, by=scenario.people["investigator"], at=scenario.at)
    asked = requests.gate_dossier(
        review=review, by=scenario.people["sponsor"], at=scenario.at, true_now=clock.true_now()
    )
    wait_until(lambda: Report.objects.get(pk=asked.pk).state == ReportState.READY)


def test_a_killed_worker_loses_no_report(committed_db: Clone, celery_worker_process: object) -> None:
    """The report of a worker that died is found RUNNING without its lock, and made by the one that lives."""
    from reports.services import making

    scenario = TrialScenario()
    scenario.dosed()
    cohort = Cohort.objects.select_related("study").get(number=1)
    review = gate_reviews.convene(cohort=cohort, by=scenario.people["investigator"], at=scenario.at)
    asked = requests.gate_dossier(
        review=review, by=scenario.people["sponsor"], at=scenario.at, true_now=clock.true_now()
    )
    with making._claimed(asked.pk, at=scenario.at):
        pass
    wait_until(lambda: Report.objects.get(pk=asked.pk).state == ReportState.READY)


@pytest.mark.parametrize("period", ["7", "d", "1w", "-1d", "0d", "1.5d", ""])
def test_what_is_no_period_is_refused(db: None, period: str) -> None:
    with pytest.raises(CommandError):
        call_command("demo_clock", f"--advance={period}")
