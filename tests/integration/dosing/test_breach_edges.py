"""A breach reported on its page and through the API: the same service, the same refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dosing.models import GuardBreach, Infusion, ProductUnit
from tests.builders.scenario import PASSWORD, TrialScenario
from tests.builders.ward import waiting
from trial.models import DosingHold
from trial.rules.site_time import at_site

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def scenario(db) -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def infusion(scenario) -> Infusion:
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    return infusion


def client_of(scenario: TrialScenario, person: str) -> Client:
    client = Client()
    client.force_login(scenario.people[person], backend=BACKEND)
    return client


def typed(scenario: TrialScenario, **changed: str) -> dict[str, str]:
    started = at_site(scenario.at - timedelta(minutes=50), timezone=scenario.timezone)
    return {
        "started_at": f"{started:%Y-%m-%dT%H:%M}",
        "performed_by": "nurse",
        "weight_kg": "61.0",
        "reported_by": "The nurse on duty",
        "reason": "The network was down.",
    } | changed


def page(infusion: Infusion) -> str:
    return reverse("infusion-breach", args=[infusion.pk])


def signed(answer, username: str, password: str = PASSWORD) -> dict[str, str]:
    form = answer.context["form"]
    carried = {field.html_name: field.value() or "" for field in form.hidden_fields()}
    return carried | {"meaning": "guard_breach", "username": username, "password": password}


def test_from_the_bedside_to_the_record(scenario, infusion):
    nurse = client_of(scenario, "nurse")
    bedside = nurse.get(reverse("infusion", args=[infusion.pk])).content.decode()
    assert page(infusion) in bedside
    assert nurse.get(page(infusion)).status_code == 200
    shown = nurse.post(page(infusion), typed(scenario))
    text = shown.content.decode()
    assert shown.status_code == 200
    assert all(code in text for code in ("DOS-VERIFIER", "DOS-LABORATORY", "DOS-IDENTITY-FIRST"))
    assert "Dosing of Cohort 1 is held" in text or "is held at once" in text
    assert not GuardBreach.objects.exists()

    done = nurse.post(page(infusion), typed(scenario) | signed(shown, "nurse"))
    assert (done.status_code, done.url) == (303, reverse("infusion", args=[infusion.pk]))
    breach = GuardBreach.objects.get(infusion=infusion)
    after = nurse.get(done.url).content.decode()
    assert "Given in spite of the guard" in after
    assert all(code in after for code in breach.violated)
    subject = nurse.get(reverse("subject", args=[infusion.subject.code])).content.decode()
    assert "Given in spite of the guard" in subject
    gate = client_of(scenario, "investigator").get(reverse("gate", args=[1])).content.decode()
    assert "Given in spite of the guard" in gate


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"started_at": ""}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"reported_by": ""}, "reported_by"),
        ({"reason": " "}, "reason"),
        ({"unit_code": "L-99/99"}, "unit_code"),
        ({"weight_kg": "x"}, "weight_kg"),
        ({"performed_by": "somebody"}, "performed_by"),
    ],
)
def test_bad_input_is_an_error_at_its_field(scenario, infusion, changed, field):
    answer = client_of(scenario, "nurse").post(page(infusion), typed(scenario, **changed))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors


def test_a_wrong_password_records_nothing(scenario, infusion):
    nurse = client_of(scenario, "nurse")
    shown = nurse.post(page(infusion), typed(scenario))
    refused = nurse.post(page(infusion), typed(scenario) | signed(shown, "nurse", "wrong"))
    assert refused.status_code == 403
    assert not GuardBreach.objects.exists()


def test_a_report_of_the_future_is_refused_before_anybody_signs(scenario, infusion):
    ahead = at_site(scenario.at + timedelta(days=1), timezone=scenario.timezone)
    answer = client_of(scenario, "nurse").post(page(infusion), typed(scenario, started_at=f"{ahead:%Y-%m-%dT%H:%M}"))
    assert answer.status_code == 409
    assert [reason.code for reason in answer.context["refused"]] == ["DOS-FUTURE"]


def test_an_infusion_that_runs_has_no_report(scenario):
    given = scenario.running()
    answer = client_of(scenario, "nurse").get(page(given))
    assert (answer.status_code, answer.url) == (303, reverse("infusion", args=[given.pk]))


@pytest.mark.parametrize("person", ["pharmacist", "monitor", "sponsor"])
def test_who_may_not_report_reads_why(scenario, infusion, person):
    client = client_of(scenario, person)
    assert page(infusion) not in client.get(reverse("infusion", args=[infusion.pk])).content.decode()
    assert client.post(page(infusion), typed(scenario)).status_code == 403


# ------------------------------------------------------------------------------------------------------------- the API


def body(scenario: TrialScenario, infusion: Infusion, **changed: object) -> dict[str, object]:
    unit = ProductUnit.objects.get(assigned_subject=infusion.subject)
    values = typed(scenario)
    return {**values, "unit": unit.pk, **changed}


def post(client: Client, name: str, infusion: Infusion, values: dict[str, object]):
    return client.post(reverse(name, args=[infusion.pk]), values, content_type="application/json")


def test_the_api_previews_and_records_the_same(scenario, infusion):
    nurse = client_of(scenario, "nurse")
    values = body(scenario, infusion)
    preview = post(nurse, "api-infusion-breach-preview", infusion, values)
    assert preview.status_code == 200, preview.content
    seen = preview.json()
    assert (seen["holds"], seen["refused"]) == (1, [])
    assert {"DOS-VERIFIER", "DOS-LABORATORY"} <= {reason["code"] for reason in seen["violated"]}
    assert not DosingHold.objects.exists()
    signature = {
        "username": "nurse",
        "password": PASSWORD,
        "meaning": "guard_breach",
        "content_hash": seen["content_hash"],
    }
    recorded = post(nurse, "api-infusion-breach", infusion, values | {"signature": signature})
    assert recorded.status_code == 201, recorded.content
    assert recorded.json()["state"] == "RUNNING"
    assert recorded.json()["breach"]["violated"] == [reason["code"] for reason in seen["violated"]]
    again = post(nurse, "api-infusion-breach", infusion, values | {"signature": signature})
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, "DOS-STARTED")


def test_the_api_refuses_as_the_page_does(scenario, infusion):
    nurse = client_of(scenario, "nurse")
    values = body(scenario, infusion)
    other = {"username": "nurse", "password": PASSWORD, "meaning": "guard_breach", "content_hash": "0" * 64}
    stale = post(nurse, "api-infusion-breach", infusion, values | {"signature": other})
    assert (stale.status_code, stale.json()["reasons"][0]["code"]) == (409, "stale")
    wrong = post(nurse, "api-infusion-breach", infusion, values | {"signature": other | {"password": "wrong"}})
    assert wrong.status_code == 403
    unknown = post(nurse, "api-infusion-breach-preview", infusion, values | {"unit": 999})
    assert (unknown.status_code, list(unknown.json())) == (400, ["unit"])
    nobody = post(nurse, "api-infusion-breach-preview", infusion, values | {"performed_by": "somebody"})
    assert (nobody.status_code, list(nobody.json())) == (400, ["performed_by"])
    future = {"started_at": (scenario.at + timedelta(hours=1)).isoformat()}
    preview = post(nurse, "api-infusion-breach-preview", infusion, values | future)
    assert [reason["code"] for reason in preview.json()["refused"]] == ["DOS-FUTURE"]
    assert post(client_of(scenario, "sponsor"), "api-infusion-breach-preview", infusion, values).status_code == 403
    assert not GuardBreach.objects.exists()
