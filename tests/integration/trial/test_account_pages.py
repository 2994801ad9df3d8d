"""What a person does with their own account: messages, tokens, the study; and the protocol everybody reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.builders.scenario import TrialScenario
from trial import clock
from trial.errors import NotPermitted, RuleViolation
from trial.models import ApiToken, Notification, Study
from trial.services import tokens
from trial.services.notifications import notify

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]


@pytest.fixture
def told(scenario: TrialScenario) -> None:
    for number in range(3):
        notify(
            users=[scenario.people["nurse"], scenario.people["sponsor"]],
            study=scenario.study,
            key=f"told:{number}",
            title=f"Message {number}",
            path="/work/",
            at=scenario.at,
        )


def test_messages_are_read_one_by_one_and_all_at_once(browser_of: Browser, scenario: TrialScenario, told: None) -> None:
    client, own = browser_of("nurse"), Notification.objects.filter(user=scenario.people["nurse"])
    assert "Message 2" in client.get(reverse("notifications")).content.decode()
    client.post(reverse("notifications"), {"pk": own.get(key="told:1").pk})
    assert own.filter(read_at__isnull=False).count() == 1
    client.post(reverse("notifications"))
    assert not own.filter(read_at__isnull=True).exists()
    assert Notification.objects.filter(user=scenario.people["sponsor"], read_at__isnull=True).count() == 3


def test_nobody_marks_anothers_message(browser_of: Browser, scenario: TrialScenario, told: None) -> None:
    foreign = Notification.objects.get(user=scenario.people["sponsor"], key="told:1")
    browser_of("nurse").post(reverse("notifications"), {"pk": foreign.pk})
    foreign.refresh_from_db()
    assert foreign.read_at is None
    assert browser_of("nurse").post(f"/api/v1/notifications/{foreign.pk}/read/").status_code == 404


def test_a_program_reads_messages(browser_of: Browser, told: None) -> None:
    client = browser_of("nurse")
    unread = client.get("/api/v1/notifications/?unread=true").json()
    assert unread["count"] == 3
    client.post(f"/api/v1/notifications/{unread['results'][0]['id']}/read/")
    assert client.get("/api/v1/notifications/?unread=1").json()["count"] == 2


def test_a_token_is_shown_once_opens_the_api_and_is_revoked(browser_of: Browser, scenario: TrialScenario) -> None:
    client = browser_of("coordinator")
    shown = client.post(reverse("tokens"), {"purpose": "Export to the registry", "days": "30"})
    plaintext = shown.context["issued"].plaintext
    assert plaintext in shown.content.decode()
    assert plaintext not in client.get(reverse("tokens")).content.decode()
    assert not ApiToken.objects.filter(token_sha256=plaintext).exists()
    header = {"HTTP_AUTHORIZATION": f"Token {plaintext}"}
    study = Client().get("/api/v1/study/", **header)
    assert (study.status_code, study.json()["roles"]) == (200, ["coordinator"])
    assert Client().get("/api/v1/study/").status_code == 401
    client.post(reverse("token-revoke", args=[ApiToken.objects.get().pk]))
    assert Client().get("/api/v1/study/", **header).status_code == 401


def test_a_token_ends_in_true_time_and_belongs_to_one_person(browser_of: Browser, scenario: TrialScenario) -> None:
    nurse, sponsor = scenario.people["nurse"], scenario.people["sponsor"]
    long_ago = clock.true_now() - timedelta(days=2)
    expired = tokens.issue(purpose="past", life=timedelta(days=1), by=nurse, at=long_ago)
    header = {"HTTP_AUTHORIZATION": f"Token {expired.plaintext}"}
    assert Client().get("/api/v1/study/", **header).status_code == 401
    with pytest.raises(NotPermitted):
        tokens.revoke(token=expired.token, by=sponsor, at=clock.true_now())
    assert browser_of("sponsor").post(reverse("token-revoke", args=[expired.token.pk])).status_code == 404


@pytest.mark.parametrize(("purpose", "days"), [("", 30), ("  ", 30), ("x", 0), ("x", 366), ("x", -1)])
def test_a_token_needs_a_purpose_and_a_bounded_life(scenario: TrialScenario, purpose: str, days: int) -> None:
    with pytest.raises(RuleViolation):
        tokens.issue(purpose=purpose, life=timedelta(days=days), by=scenario.people["nurse"], at=clock.true_now())
    assert not ApiToken.objects.exists()


def test_a_person_of_one_study_has_no_choice_and_a_foreign_study_is_none(
    browser_of: Browser, scenario: TrialScenario
) -> None:
    client = browser_of("coordinator")
    assert "one study" in client.get(reverse("study-choice")).content.decode()
    assert client.post(reverse("study-choice"), {"study": "999999"}).status_code == 200
    assert "study" not in client.session
    client.post(reverse("study-choice"), {"study": Study.objects.get().pk})
    assert client.session["study"] == Study.objects.get().pk


def test_the_protocol_shows_its_contradictions_and_sources(browser_of: Browser) -> None:
    page = browser_of("sponsor").get(reverse("protocol")).content.decode()
    for code in range(1, 23):
        assert f'id="PC-{code:02d}"' in page
    assert "The description says 10 participants" in page
    assert "registry" in page
    assert "Schedule of assessments" in page
    assert Study.objects.get().protocol_versions.get(state="ACTIVE").sha256 in page


def test_a_program_reads_the_protocol_exactly(browser_of: Browser) -> None:
    shown = browser_of("sponsor").get("/api/v1/protocol/").json()
    assert shown["definition"]["regimen"]["dose_million_per_kg"] == "1"
    assert shown["sha256"] == Study.objects.get().protocol_versions.get(state="ACTIVE").sha256


def test_the_layout_adds_at_most_four_queries(browser_of: Browser, django_assert_max_num_queries: Any) -> None:
    """Session, person, study, site, memberships, delegations, the time; then the four of the layout."""
    client = browser_of("coordinator")
    with django_assert_max_num_queries(12):
        client.get(reverse("protocol"))
