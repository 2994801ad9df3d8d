"""Visits of a participant, telephone contacts and losses: pages and API with the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import Subject
from followup.models import LossToFollowUp, TelephoneContact
from followup.rules.states import AdverseEventAnswer
from followup.services import contacts, losses
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import at_site, site_date

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]
ATTEMPTS = "Called three times; the letter came back"


@pytest.fixture
def cohort(scenario: TrialScenario) -> ObservedCohort:
    """One subject dosed three days ago."""
    cohort = ObservedCohort(scenario)
    cohort.dose()
    cohort.morning(days=3)
    return cohort


@pytest.fixture
def subject(cohort: ObservedCohort) -> Subject:
    return cohort.subjects[0]


def today(cohort: ObservedCohort, *, days: int = 0) -> str:
    return (site_date(cohort.at, timezone=cohort.scenario.timezone) + timedelta(days=days)).isoformat()


def clock(cohort: ObservedCohort, **ahead: float) -> str:
    return f"{at_site(cohort.at + timedelta(**ahead), timezone=cohort.scenario.timezone):%Y-%m-%dT%H:%M}"


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


def test_the_page_says_what_follows_before_it_is_saved(cohort, subject, browser_of: Browser) -> None:
    client = browser_of("nurse")
    overview = client.get(reverse("subject", args=[subject.code])).content.decode()
    visits = reverse("subject-visits", args=[subject.code])
    assert visits in overview
    loss = reverse("subject-loss", args=[subject.code])
    assert loss in client.get(visits).content.decode()
    page = client.get(loss).content.decode()
    for part in ("What follows at once", "was lost to follow-up on", "safety data of the last day are missing"):
        assert part in page
    answer = client.post(loss, {"lost_on": today(cohort), "attempts": ATTEMPTS}, follow=True)
    assert answer.redirect_chain == [(visits, 303)]
    assert ATTEMPTS in answer.content.decode()
    assert "Lost to follow-up" in client.get(reverse("subject", args=[subject.code])).content.decode()
    replaceable = client.get(reverse("replace", args=[subject.code])).content.decode()
    assert "was lost to follow-up" in replaceable
    assert "Found again means" in client.get(loss).content.decode()
    found = client.post(reverse("subject-found", args=[subject.code]), {"reason": "Was abroad"}, follow=True)
    assert "Was abroad" in found.content.decode()
    history = client.get(reverse("subject-history", args=[subject.code])).content.decode()
    assert {ATTEMPTS in history, "Loss to follow up" in history} == {True}
    assert Subject.objects.get(pk=subject.pk).lost_on is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, ["LST-FUTURE"]), (0, None), (-3, None), (-4, ["LST-SEEN"])],
    ids=["tomorrow", "today", "day-of-infusion", "day-before-infusion"],
)
def test_bounds_are_those_of_page_and_api(cohort, subject, browser_of, days, expected) -> None:
    client = browser_of("coordinator")
    sent = {"lost_on": today(cohort, days=days), "attempts": ATTEMPTS}
    page = client.post(reverse("subject-loss", args=[subject.code]), sent)
    if expected is None:
        assert page.status_code == 303
        return
    assert (page.status_code, [reason.code for reason in page.context["reasons"]]) == (409, expected)
    answer = client.post(f"/api/v1/subjects/{subject.code}/loss/", sent, content_type="application/json")
    assert (answer.status_code, codes(answer)) == (409, expected)
    assert not LossToFollowUp.objects.exists()


def test_bad_input_is_an_error_at_the_field(cohort, subject, browser_of) -> None:
    client = browser_of("coordinator")
    loss, visits = (reverse(name, args=[subject.code]) for name in ("subject-loss", "subject-visits"))
    for sent in ({"lost_on": "soon", "attempts": "x"}, {"lost_on": today(cohort), "attempts": " "}, {}):
        page = client.post(loss, sent)
        assert (page.status_code, bool(page.context["form"].errors)) == (200, True)
        answer = client.post(f"/api/v1/subjects/{subject.code}/loss/", sent, content_type="application/json")
        assert answer.status_code == 400
    assert client.post(reverse("subject-found", args=[subject.code]), {"reason": ""}).status_code == 200
    doctor = browser_of("investigator")
    for sent in ({"contacted_at": "soon", "adverse_events_asked": "none"}, {"contacted_at": clock(cohort)}):
        page = doctor.post(visits, sent)
        assert (page.status_code, bool(page.context["form"].errors)) == (200, True)
        api = f"/api/v1/subjects/{subject.code}/telephone-contacts/"
        assert doctor.post(api, sent, content_type="application/json").status_code == 400


def test_who_is_not_followed_or_not_lost_is_refused_alike(cohort, subject, browser_of) -> None:
    client = browser_of("coordinator")
    screened = cohort.scenario.consented()
    page = client.get(reverse("subject-loss", args=[screened.code]))
    assert (page.status_code, "LST-STATE" in page.content.decode()) == (200, True)
    sent = {"lost_on": today(cohort), "attempts": ATTEMPTS}
    refused = client.post(f"/api/v1/subjects/{screened.code}/loss/", sent, content_type="application/json")
    assert codes(refused) == ["LST-STATE"]
    found = f"/api/v1/subjects/{subject.code}/found/"
    assert codes(client.post(found, {"reason": "x"}, content_type="application/json")) == ["LST-NOT"]
    page = client.post(reverse("subject-found", args=[subject.code]), {"reason": "x"})
    assert [reason.code for reason in page.context["reasons"]] == ["LST-NOT"]


def test_the_api_says_what_would_follow(cohort, subject, browser_of) -> None:
    client = browser_of("nurse")
    url = f"/api/v1/subjects/{subject.code}/loss/"
    before = client.get(url).json()
    assert (before["lost_on"], before["would_follow"]["standing"], before["would_follow"]["closes"]) == (
        None,
        "not_evaluable",
        None,
    )
    sent = {"lost_on": today(cohort), "attempts": ATTEMPTS}
    after = client.post(url, sent, content_type="application/json").json()
    assert (after["lost_on"], after["would_follow"]["standing"]) == (today(cohort), "pending")
    assert codes(client.post(url, sent, content_type="application/json")) == ["LST-TWICE"]
    given = client.post(f"/api/v1/subjects/{subject.code}/found/", {"reason": "x"}, content_type="application/json")
    assert (given.json()["lost_on"], given.json()["losses"][0]["found_reason"]) == (None, "x")


@pytest.mark.parametrize("username", ["pharmacist", "monitor", "sponsor"])
def test_nobody_else_records_a_loss(cohort, subject, browser_of, username) -> None:
    client = browser_of(username)
    assert "PER-ROLE" in client.get(reverse("subject-loss", args=[subject.code])).content.decode()
    assert client.post(reverse("subject-loss", args=[subject.code]), {}).status_code == 403
    assert client.post(reverse("subject-found", args=[subject.code]), {}).status_code == 403


def test_a_call_is_entered_shown_and_voided(cohort, subject, browser_of) -> None:
    client = browser_of("subinvestigator")
    visits = reverse("subject-visits", args=[subject.code])
    assert "a call does not stand for the visit" in client.get(visits).content.decode()
    sent = {"contacted_at": clock(cohort), "adverse_events_asked": "none", "note": "Feels well"}
    assert client.post(visits, sent).status_code == 303
    contact = TelephoneContact.objects.get()
    page = client.get(visits).content.decode()
    assert "Feels well" in page
    assert reverse("contact-void", args=[contact.pk]) in page
    assert reverse("contact-void", args=[contact.pk]) not in browser_of("monitor").get(visits).content.decode()
    void = reverse("contact-void", args=[contact.pk])
    assert "counts for nothing" in client.get(void).content.decode()
    assert client.post(void, {"reason": ""}).status_code == 200
    assert client.post(void, {"reason": "Another participant"}).status_code == 303
    assert "Another participant" in client.get(visits).content.decode()
    again = client.post(void, {"reason": "x"})
    assert (again.status_code, [reason.code for reason in again.context["reasons"]]) == (409, ["PHN-VOID"])
    answer = client.post(
        f"/api/v1/telephone-contacts/{contact.pk}/void/", {"reason": "x"}, content_type="application/json"
    )
    assert (answer.status_code, codes(answer)) == (409, ["PHN-VOID"])


def test_the_answer_yes_leads_on_to_the_event(cohort, subject, browser_of) -> None:
    sent = {"contacted_at": clock(cohort), "adverse_events_asked": "yes", "note": ""}
    answer = browser_of("investigator").post(reverse("subject-visits", args=[subject.code]), sent)
    assert answer["Location"] == reverse("event-record", args=[subject.code])


def test_a_call_is_refused_alike_by_page_and_api(cohort, subject, browser_of) -> None:
    client = browser_of("investigator")
    api = f"/api/v1/subjects/{subject.code}/telephone-contacts/"
    for moved, code in (({"minutes": 1}, "PHN-FUTURE"), ({"days": -60}, "PHN-CONSENT")):
        sent = {"contacted_at": clock(cohort, **moved), "adverse_events_asked": "none"}
        page = client.post(reverse("subject-visits", args=[subject.code]), sent)
        assert (page.status_code, [reason.code for reason in page.context["reasons"]]) == (409, [code])
        assert codes(client.post(api, sent, content_type="application/json")) == [code]
    given = client.post(
        api, {"contacted_at": clock(cohort), "adverse_events_asked": "none"}, content_type="application/json"
    )
    assert (given.status_code, given.json()["recorded_by"]) == (201, cohort.people["investigator"].printed_name)
    assert [row["id"] for row in client.get(api).json()["results"]] == [given.json()["id"]]


@pytest.mark.parametrize("username", ["nurse", "coordinator", "monitor"])
def test_a_call_is_a_physicians(cohort, subject, browser_of, username) -> None:
    client = browser_of(username)
    visits = reverse("subject-visits", args=[subject.code])
    page = client.get(visits)
    assert (page.status_code, "PER-ROLE" in page.content.decode()) == (200, True)
    assert client.post(visits, {}).status_code == 403
    assert client.post(f"/api/v1/subjects/{subject.code}/telephone-contacts/", {}).status_code == 403


def test_more_rows_cost_no_more_queries(cohort, subject, browser_of) -> None:
    client = browser_of("investigator")
    pages = {
        reverse("subject-visits", args=[subject.code]): 25,
        reverse("subject-loss", args=[subject.code]): 30,
        f"/api/v1/subjects/{subject.code}/telephone-contacts/": 12,
        f"/api/v1/subjects/{subject.code}/loss/": 25,
    }

    def queries() -> dict[str, int]:
        counted = {}
        for url in pages:
            client.get(url)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            counted[url] = len(captured)
        return counted

    by = cohort.people["investigator"]

    def once_more() -> None:
        contacts.record(
            subject=subject, contacted_at=cohort.at, asked=AdverseEventAnswer.NONE, note="", by=by, at=cohort.at
        )
        day = site_date(cohort.at, timezone=cohort.scenario.timezone)
        losses.record(subject=subject, lost_on=day, attempts="x", by=by, at=cohort.at)
        losses.record_found(subject=subject, reason="x", by=by, at=cohort.at)

    once_more()
    before = queries()
    for _ in range(3):
        once_more()
    assert queries() == before
    assert all(before[url] <= most for url, most in pages.items()), before
