"""People, roles, the delegation log and the approvals of sites, as pages and for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.builders.scenario import TrialScenario
from trial.models import AuditEvent, Delegation, Membership, Site, SiteActivation, User
from trial.permissions import Permission, access_of
from trial.rules.roles import DelegatedTask
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]
PASSWORD = "a password for tests"
ACCOUNT = {
    "username": "newcomer",
    "printed_name": "Tseng Wei",
    "email": "t@example.org",
    "password": "a long enough secret",
}


def today(scenario: TrialScenario) -> str:
    return site_date(scenario.at, timezone=scenario.timezone).isoformat()


def terms(scenario: TrialScenario, **changes: Any) -> dict[str, Any]:
    return {
        "user": scenario.people["socialworker"].pk,
        "tasks": [DelegatedTask.ENTER_VISITS.value],
        "site": "",
        "valid_from": today(scenario),
        "valid_until": "",
        "training_valid_until": "2099-01-01",
    } | changes


def signed(scenario: TrialScenario, client: Client, **changes: Any) -> dict[str, Any]:
    shown = client.get(reverse("delegation-add"), terms(scenario))
    credentials = {"username": "investigator", "password": PASSWORD, "meaning": "delegation"}
    return terms(scenario) | credentials | {"content_hash": shown.context["content_hash"]} | changes


def test_everybody_sees_people_and_log_but_only_some_may_change_them(browser_of: Browser) -> None:
    page = browser_of("auditor").get(reverse("people")).content.decode()
    assert "Dr Lin Chih-Wei" in page
    assert "In force" in page
    assert "New account" not in page
    assert "Delegate tasks" not in page
    assert "New account" in browser_of("admin").get(reverse("people")).content.decode()
    assert "Delegate tasks" in browser_of("investigator").get(reverse("people")).content.decode()


def test_the_administrator_makes_an_account_and_gives_it_a_role(browser_of: Browser, scenario: TrialScenario) -> None:
    client = browser_of("admin")
    made = client.post(reverse("account-add"), ACCOUNT)
    user = User.objects.get(username="newcomer")
    assert made["Location"] == reverse("membership-add", args=[user.pk])
    role = {"role": "nurse", "site": Site.objects.get().pk, "valid_from": today(scenario)}
    assert client.post(made["Location"], role)["Location"] == reverse("person", args=[user.pk])
    assert Membership.objects.get(user=user).role == "nurse"
    again = client.post(made["Location"], role)
    assert again.status_code == 409
    assert "PEO-ROLE" in again.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "password1234"}, "too common"),
        ({"username": "no spaces allowed"}, "valid username"),
        ({"printed_name": ""}, "required"),
        ({"email": "nowhere"}, "valid email"),
    ],
)
def test_a_wrong_account_is_told_apart(browser_of: Browser, change: dict[str, str], said: str) -> None:
    page = browser_of("admin").post(reverse("account-add"), ACCOUNT | change)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert not User.objects.filter(username="newcomer").exists()


def test_a_user_name_is_never_given_twice(browser_of: Browser) -> None:
    page = browser_of("admin").post(reverse("account-add"), ACCOUNT | {"username": "Nurse"})
    assert page.status_code == 409
    assert "PEO-NAME" in page.content.decode()


def test_a_role_ends_and_an_account_closes_with_a_reason(browser_of: Browser, scenario: TrialScenario) -> None:
    client, nurse = browser_of("admin"), scenario.people["nurse"]
    membership = Membership.objects.get(user=nurse)
    end = reverse("membership-end", args=[nurse.pk, membership.pk])
    assert "required" in client.post(end, {"valid_until": today(scenario), "reason": ""}).content.decode()
    assert "before the first" in client.post(end, {"valid_until": "2001-01-01", "reason": "left"}).content.decode()
    assert client.post(end, {"valid_until": today(scenario), "reason": "Left the ward."}).status_code == 302
    assert client.post(reverse("account-deactivate", args=[nurse.pk]), {"reason": "Left the ward."}).status_code == 302
    nurse.refresh_from_db()
    assert not nurse.is_active
    assert AuditEvent.objects.filter(act="people.deactivate", reason="Left the ward.", actor="admin").exists()
    log = client.get(reverse("people")).content.decode()
    assert "the account is not active" in log


def test_others_may_not_change_people(browser_of: Browser, scenario: TrialScenario) -> None:
    nurse = scenario.people["nurse"]
    for username in ("investigator", "sponsor", "coordinator"):
        client = browser_of(username)
        assert client.post(reverse("account-add"), ACCOUNT).status_code == 403
        assert client.post(reverse("account-deactivate", args=[nurse.pk]), {"reason": "x"}).status_code == 403
    assert not User.objects.filter(username="newcomer").exists()


# -------------------------------------------------------------------------------------------------------- delegation


def test_the_investigator_reads_the_terms_then_signs_them(browser_of: Browser, scenario: TrialScenario) -> None:
    client = browser_of("investigator")
    shown = client.get(reverse("delegation-add"), terms(scenario)).content.decode()
    assert "Enter visits" in shown
    assert "Electronic signature" in shown
    answer = client.post(reverse("delegation-add"), signed(scenario, client))
    assert answer.status_code == 302
    access = access_of(scenario.people["socialworker"], scenario.study)
    assert access.delegated(DelegatedTask.ENTER_VISITS, at=scenario.at).allowed
    assert not access.may(Permission.VISIT_EDIT, at=scenario.at), "a task gives no role"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"password": "wrong"}, 403, "reauthentication"),
        ({"username": "medicalmonitor"}, 403, "reauthentication"),
        ({"content_hash": "0" * 64}, 409, "stale"),
        ({"tasks": ["place_hold"]}, 409, "stale"),
        ({"password": ""}, 200, "required"),
    ],
)
def test_what_was_not_seen_or_not_proven_is_not_signed(
    browser_of: Browser, scenario: TrialScenario, change: dict[str, Any], status: int, said: str
) -> None:
    client = browser_of("investigator")
    before = Delegation.objects.count()
    page = client.post(reverse("delegation-add"), signed(scenario, client, **change))
    assert page.status_code == status
    assert said in page.content.decode()
    assert Delegation.objects.count() == before


def test_only_the_principal_investigator_delegates(browser_of: Browser, scenario: TrialScenario) -> None:
    for username in ("subinvestigator", "admin", "sponsor"):
        assert browser_of(username).get(reverse("delegation-add")).status_code == 403
        assert browser_of(username).post(reverse("delegation-add"), terms(scenario)).status_code == 403


def test_a_delegation_is_revoked_with_a_reason_and_stays_in_the_log(
    browser_of: Browser, scenario: TrialScenario
) -> None:
    client, line = browser_of("investigator"), Delegation.objects.get(user=scenario.people["nurse"])
    address = reverse("delegation-revoke", args=[line.pk])
    assert "required" in client.post(address, {"revoked_on": today(scenario), "reason": ""}).content.decode()
    assert client.post(address, {"revoked_on": today(scenario), "reason": "On leave."}).status_code == 302
    page = client.get(reverse("people")).content.decode()
    assert "revoked from" in page
    assert client.get(address).status_code == 404, "once is enough"


def test_a_site_takes_part_after_its_approvals(browser_of: Browser, scenario: TrialScenario) -> None:
    address = reverse("site-activation", args=[Site.objects.get().code])
    before = SiteActivation.objects.count()
    approvals = {"ethics_approved_on": "2020-01-01", "authority_approved_on": "2099-01-01"}
    page = browser_of("admin").post(address, approvals)
    assert page.status_code == 409
    assert "SIT-APPROVAL" in page.content.decode()
    assert "SIT-ACTIVE" in page.content.decode(), "all reasons at once"
    assert SiteActivation.objects.count() == before
    assert browser_of("admin").get(reverse("site-activation", args=["NOWHERE"])).status_code == 404


# --------------------------------------------------------------------------------------------------------------- API


def test_a_program_reads_people_and_log(browser_of: Browser) -> None:
    people = browser_of("auditor").get("/api/v1/people/").json()
    assert people["count"] == 16
    assert {role["role"] for person in people["results"] for role in person["roles"]} >= {"nurse", "administrator"}
    assert all("password" not in person for person in people["results"])
    log = browser_of("auditor").get("/api/v1/delegations/").json()
    assert all(line["in_force"] and line["why"] == "" for line in log)


def test_a_program_delegates_by_signature(browser_of: Browser, scenario: TrialScenario) -> None:
    client = browser_of("investigator")
    given = {
        "username": "socialworker",
        "tasks": ["enter_visits"],
        "valid_from": today(scenario),
        "training_valid_until": "2099-01-01",
    }

    def post(address: str, body: dict[str, Any]) -> Any:
        return client.post(address, body, content_type="application/json")

    digest = post("/api/v1/delegations/terms/", given).json()["content_hash"]
    signature = {"username": "investigator", "password": PASSWORD, "meaning": "delegation", "content_hash": digest}
    assert post("/api/v1/delegations/", given).status_code == 400
    wrong = post("/api/v1/delegations/", given | {"signature": signature | {"password": "no"}})
    assert (wrong.status_code, wrong.json()["reasons"][0]["code"]) == (403, "reauthentication")
    stale = post("/api/v1/delegations/", given | {"tasks": ["screen"], "signature": signature})
    assert (stale.status_code, stale.json()["reasons"][0]["code"]) == (409, "stale")
    made = post("/api/v1/delegations/", given | {"signature": signature})
    assert (made.status_code, made.json()["in_force"]) == (201, True)
    unknown = post("/api/v1/delegations/", given | {"username": "nobody", "signature": signature})
    assert unknown.status_code == 400
    ended = post(f"/api/v1/delegations/{made.json()['id']}/revoke/", {"revoked_on": today(scenario), "reason": "x"})
    assert ended.json()["why"] == "revoked"


def test_the_page_costs_the_same_however_many_people_there_are(
    browser_of: Browser, django_assert_max_num_queries: Any
) -> None:
    client = browser_of("admin")
    with django_assert_max_num_queries(16):
        client.get(reverse("people"))
