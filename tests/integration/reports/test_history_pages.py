"""The audit trail, readable and narrowed; the system's status; the description of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import Subject
from reports.selectors.audit_trail import ways_to
from tests.builders.scenario import TrialScenario
from trial.models import Study

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]


def entries(client: Client, **wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/history/", wanted).json()["entries"]
    return found


def test_it_says_who_changed_what_for_which_act(browser_of: Browser, scenario: TrialScenario) -> None:
    subject = scenario.eligible()
    client = browser_of("auditor")
    page = client.get(reverse("history"), {"subject": subject.code}).content.decode()
    assert "coordinator" in page
    assert "SCREENING" in page
    acts = {entry["act"] for entry in entries(client, subject=subject.code)}
    assert {"subjects.register", "screenings.sign"} & acts


def test_it_is_narrowed_by_every_means(browser_of: Browser, scenario: TrialScenario) -> None:
    first, second = scenario.screened(), scenario.consented()
    client = browser_of("auditor")
    assert entries(client, person="coordinator")
    assert {e["actor"] for e in entries(client, person="coordinator")} == {"coordinator"}
    assert {e["table"] for e in entries(client, table="enrollment_subject")} == {"Subject"}
    assert {e["act"] for e in entries(client, act="people.")} <= {"people.add_membership", "people.create_account"}
    assert entries(client, first_day="2099-01-01") == []
    assert entries(client, last_day="2001-01-01") == []
    assert entries(client, subject="NO-SUCH") == []
    ids = {e["id"] for e in entries(client, subject=first.code)}
    assert not ids & {e["id"] for e in entries(client, subject=second.code)}
    assert client.get("/api/v1/history/", {"first_day": "yesterday"}).status_code == 400
    assert client.get(reverse("history"), {"before": "x"}).status_code == 200


def test_one_page_follows_another_without_gap(browser_of: Browser) -> None:
    client = browser_of("auditor")
    seen: list[int] = []
    before = None
    while True:
        shown = client.get("/api/v1/history/", {"before": before} if before else {}).json()
        seen += [entry["id"] for entry in shown["entries"]]
        before = shown["older"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) > 50


def test_no_secret_is_ever_shown(browser_of: Browser, scenario: TrialScenario) -> None:
    stored = scenario.people["nurse"].password
    client = browser_of("auditor")
    page = client.get(reverse("history"), {"table": "trial_user"}).content.decode()
    assert stored not in page
    assert "pbkdf2" not in page
    assert all(stored not in str(entry) for entry in entries(client, table="trial_user"))


def test_the_administrator_reads_no_history(browser_of: Browser) -> None:
    assert browser_of("admin").get(reverse("history")).status_code == 403
    assert browser_of("admin").get("/api/v1/history/").status_code == 403


def test_more_history_costs_no_more_queries(browser_of: Browser, scenario: TrialScenario) -> None:
    client = browser_of("auditor")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("history"))
        return len(captured)

    cost()
    before = cost()
    scenario.dosed()
    assert cost() == before


def test_every_record_of_a_subject_is_found_through_the_subject() -> None:
    """The ways are found, not listed: a table with a foreign key to something of a subject is covered by itself."""
    names = {model._meta.db_table: way for model, way in ways_to(Subject).items()}
    assert names["enrollment_subject"] == "pk"
    assert names["safety_gradeentry"] == "event__subject"
    assert names["dosing_predosecheck"] == "infusion__subject"
    assert names["enrollment_eligibilitysnapshot"] == "screening__subject"
    assert "trial_user" not in names
    assert {model._meta.db_table for model in ways_to(Study)} >= {"trial_membership", "enrollment_subject"}


def test_the_status_tells_of_sweep_mail_and_versions(browser_of: Browser, scenario: TrialScenario) -> None:
    from config import tasks

    for username in ("admin", "datamanager"):
        assert "Never ran" in browser_of(username).get(reverse("status")).content.decode()
    scenario.consented()
    tasks.run()
    page = browser_of("admin").get(reverse("status")).content.decode()
    assert "Never ran" not in page
    assert "PostgreSQL" in page
    refused = browser_of("sponsor").get(reverse("status"))
    assert refused.status_code == 403
    assert reverse("status") not in browser_of("sponsor").get(reverse("protocol")).content.decode()


def test_the_api_describes_itself_without_help_from_elsewhere(browser_of: Browser) -> None:
    client = browser_of("coordinator")
    page = client.get(reverse("api-docs"))
    assert page.status_code == 200
    assert b"/api/v1/board/" in page.content
    assert b"<script>" not in page.content
    assert b"//cdn" not in page.content
    document = client.get(reverse("api-schema")).json()
    assert document["openapi"].startswith("3.")
    assert "/api/v1/history/" in document["paths"]
