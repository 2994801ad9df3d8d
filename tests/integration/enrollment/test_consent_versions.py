"""Consent forms of a site: the page, a new version, the demand to sign one again, whom it concerns and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import tasks
from enrollment.models import ConsentVersion
from tests.builders.consent import approved, signed, today_of
from trial.models import AuditEvent, DueItem, Notification
from trial.rules.site_time import start_of_day

LIST = "/consent-versions/"
API = "/api/v1/consent-versions/"
TOLD = {"coordinator", "investigator", "subinvestigator"}


def entry(scenario, **changes: str) -> dict[str, str]:
    today = today_of(scenario)
    return {
        "site": scenario.study.sites.get().code,
        "label": "2.0",
        "language": "zh-Hant",
        "approved_on": today.isoformat(),
        "approval_reference": "REC-2",
        "reconsent_required": "yes",
        "reconsent_by": (today + timedelta(days=30)).isoformat(),
        "late_reason": "",
    } | changes


def lines(client) -> dict[str, dict[str, object]]:
    return {each["version"]: each for each in client.get(API).json()}


@pytest.mark.parametrize("username", ["investigator", "admin"])
def test_a_version_is_entered(scenario, browser_of, username):
    client = browser_of(username)
    assert client.post(reverse("consent-version-enter"), entry(scenario)).status_code == 302
    version = ConsentVersion.objects.get(label="2.0")
    assert version.entered_by == scenario.people[username]
    assert timedelta(0) <= scenario.at - version.entered_at < timedelta(minutes=1)
    assert (version.approval_reference, version.reconsent_required) == ("REC-2", True)
    assert "REC-2" in client.get(LIST).content.decode()


@pytest.mark.parametrize("username", ["coordinator", "monitor", "sponsor"])
def test_others_read_the_versions_and_enter_none(scenario, browser_of, username):
    client = browser_of(username)
    page = client.get(LIST)
    assert page.status_code == 200
    assert "New version" not in page.content.decode()
    assert client.get(reverse("consent-version-enter")).status_code == 403
    assert client.post(reverse("consent-version-enter"), entry(scenario)).status_code == 403
    assert not ConsentVersion.objects.filter(label="2.0").exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"label": "1.0"}, "CNV-TWICE"),
        ({"reconsent_by": ""}, "CNV-BY"),
        ({"reconsent_required": "no"}, "CNV-BY"),
    ],
)
def test_a_version_that_cannot_be_is_refused_with_its_reason(scenario, browser_of, changes, code):
    refused = browser_of("admin").post(reverse("consent-version-enter"), entry(scenario, **changes))
    assert (refused.status_code, code in refused.content.decode()) == (409, True)


def test_a_version_of_tomorrow_is_refused_and_one_of_today_is_not(scenario, browser_of):
    tomorrow = (today_of(scenario) + timedelta(days=1)).isoformat()
    client = browser_of("admin")
    refused = client.post(reverse("consent-version-enter"), entry(scenario, approved_on=tomorrow))
    assert (refused.status_code, "CNV-FUTURE" in refused.content.decode()) == (409, True)
    assert client.post(reverse("consent-version-enter"), entry(scenario)).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"site": "NONE"}, "site"),
        ({"label": ""}, "label"),
        ({"label": "2.0\n"}, None),
        ({"label": "<b>"}, "label"),
        ({"language": "Mandarin!"}, "language"),
        ({"approved_on": "soon"}, "approved_on"),
        ({"approval_reference": ""}, "approval_reference"),
        ({"reconsent_required": ""}, "reconsent_required"),
    ],
)
def test_a_wrong_shape_is_told_at_the_field(scenario, browser_of, changes, field):
    response = browser_of("admin").post(reverse("consent-version-enter"), entry(scenario, **changes))
    if field is None:  # a line break at the end is cut off, as browsers do
        assert response.status_code == 302
    else:
        assert response.status_code == 200
        assert list(response.context["form"].errors) == [field]


def test_who_is_on_a_version_and_who_has_to_sign(scenario, program_of):
    first, second = scenario.consented(), scenario.consented()
    scenario.wait(days=1)
    version = approved(scenario, "2.0")
    client = program_of("sponsor")
    assert [(v, line["subjects"], line["still_to_sign"]) for v, line in lines(client).items()] == [
        ("2.0", 0, 2),
        ("1.0", 2, 0),
    ]
    signed(scenario, first, version)
    assert [(v, line["subjects"], line["still_to_sign"]) for v, line in lines(client).items()] == [
        ("2.0", 1, 1),
        ("1.0", 1, 0),
    ]
    page = program_of("coordinator").get("/subjects/?reconsent=due").content.decode()
    assert second.code in page
    assert first.code not in page


def test_signing_again_is_asked_for_later_once_and_with_a_reason(scenario, browser_of, program_of):
    subject = scenario.consented()
    scenario.wait(days=1)
    version = approved(scenario, "2.0", again=False)
    assert lines(program_of("admin"))["2.0"]["still_to_sign"] == 0
    url = reverse("consent-version-reconsent", args=[version.pk])
    until = (today_of(scenario) + timedelta(days=14)).isoformat()
    client = browser_of("admin")
    assert client.post(url, {"reconsent_by": until, "reason": ""}).context["form"].errors
    assert client.post(url, {"reconsent_by": until, "reason": "Letter of the committee"}).status_code == 302
    version.refresh_from_db()
    assert (version.reconsent_required, version.reconsent_by.isoformat()) == (True, until)
    audit = AuditEvent.objects.filter(table_name="enrollment_consentversion", row_id=str(version.pk)).latest("id")
    assert audit.reason == "Letter of the committee"
    assert lines(program_of("admin"))["2.0"]["still_to_sign"] == 1
    assert subject.code in browser_of("coordinator").get("/subjects/?reconsent=due").content.decode()
    again = client.post(url, {"reconsent_by": until, "reason": "Once more"})
    assert (again.status_code, "CNV-ALREADY" in again.content.decode()) == (409, True)


def test_the_api_enters_and_asks_with_the_same_refusals(scenario, program_of):
    client = program_of("investigator")
    sent = {**entry(scenario), "version": "2.0", "reconsent_required": False, "reconsent_by": None}
    sent.pop("label")
    made = client.post(API, sent)
    assert (made.status_code, made.json()["version"], made.json()["entered_by"]) == (201, "2.0", "investigator")
    twice = client.post(API, sent)
    assert (twice.status_code, twice.json()["reasons"][0]["code"]) == (409, "CNV-TWICE")
    url = f"{API}{made.json()['id']}/sign-again/"
    yesterday = (today_of(scenario) - timedelta(days=1)).isoformat()
    past = client.post(url, {"reconsent_by": yesterday, "reason": "x"})
    assert (past.status_code, {r["code"] for r in past.json()["reasons"]}) == (409, {"CNV-BY"})
    asked = client.post(url, {"reconsent_by": sent["approved_on"], "reason": "x"})
    assert (asked.status_code, asked.json()["reconsent_required"]) == (200, True)
    assert client.post(API, {**sent, "site": "NONE"}).json().keys() == {"site"}
    assert client.post(API, {**sent, "approved_on": "soon"}).status_code == 400
    assert program_of("coordinator").post(API, sent).status_code == 403


def test_who_obtains_consent_is_told_once_and_reminded_before_the_last_day(scenario):
    first, second = scenario.consented(), scenario.consented()
    scenario.wait(days=1)
    version = approved(scenario, "2.0", days_left=30)
    told = Notification.objects.filter(key=f"consent-version:{version.pk}")
    assert set(told.values_list("user__username", flat=True)) == TOLD
    assert first.code in told.first().body
    signed(scenario, first, version)
    lead = DueItem.objects.get(key=f"reconsent_reminder:{version.pk}")
    zone = version.site.timezone
    days = scenario.study.protocol_versions.get(state="ACTIVE").definition.schedule.reminder_lead_days
    assert lead.due_at == start_of_day(version.reconsent_by, timezone=zone) - timedelta(days=days)
    reminder = Notification.objects.filter(key=f"consent-version:{version.pk}:reminder")
    scenario.wait(seconds=(lead.due_at - scenario.at).total_seconds() - 30)
    tasks.run()
    assert not reminder.exists()
    scenario.wait(seconds=31)
    tasks.run()
    tasks.run()
    assert set(reminder.values_list("user__username", flat=True)) == TOLD
    assert second.code in reminder.first().body
    assert first.code not in reminder.first().body


def test_nobody_is_reminded_when_everybody_has_signed(scenario):
    subject = scenario.consented()
    scenario.wait(days=1)
    version = approved(scenario, "2.0", days_left=3)
    signed(scenario, subject, version)
    scenario.wait(days=4)
    tasks.run()
    assert DueItem.objects.get(key=f"reconsent_reminder:{version.pk}").done_at is not None
    assert not Notification.objects.filter(key=f"consent-version:{version.pk}:reminder").exists()


def test_page_and_api_ask_no_more_for_more_versions_and_subjects(scenario, browser_of):
    client = browser_of("coordinator")

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    scenario.consented()
    asked(LIST)
    before = [asked(LIST), asked(API)]
    scenario.wait(days=1)
    for number in range(2, 6):
        approved(scenario, f"{number}.0")
        scenario.consented()
        scenario.wait(days=1)
    assert [asked(LIST), asked(API)] == before
