"""The investigator's signature under the frozen verdict: given, refused, broken, given again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, eligible_woman, missing_creatinine, raised_liver_enzymes
from enrollment.models import EligibilitySnapshot, Subject
from enrollment.rules.states import SubjectState
from enrollment.selectors.eligibility import current_screening
from trial.rules.site_time import site_date


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def address(subject: Subject) -> str:
    return reverse("screening-sign", args=[subject.code])


def state_of(subject: Subject) -> str:
    return Subject.objects.values_list("state", flat=True).get(pk=subject.pk)


def change(scenario, subject: Subject, **facts: object) -> None:
    changed = dict(current_screening(subject).facts) | facts
    bedside.enter_facts(subject, scenario.people, facts=changed, at=scenario.at)


def test_the_investigator_signs_what_is_shown(scenario, browser_of, signature_of, today):
    subject = scenario.screened(eligible_woman(today))
    client = browser_of("investigator")
    shown = client.get(address(subject)).context["content_hash"]
    response = client.post(address(subject), signature_of("investigator", shown))
    assert response.status_code == 302
    assert state_of(subject) == SubjectState.ELIGIBLE
    snapshot = EligibilitySnapshot.objects.get()
    assert snapshot.content_sha256 == snapshot.signature.content_sha256 == shown
    assert (snapshot.overall, snapshot.signature.method) == ("eligible", "password")
    page = client.get(address(subject))
    assert page.context["is_signed"]
    assert "password" not in page.context["form"].data
    assert "Valid" in page.content.decode()


def test_a_sub_investigator_signs_too(scenario, browser_of, signature_of, today):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("subinvestigator")
    shown = client.get(address(subject)).context["content_hash"]
    assert client.post(address(subject), signature_of("subinvestigator", shown)).status_code == 302


@pytest.mark.parametrize("facts", [missing_creatinine, raised_liver_enzymes])
def test_only_eligible_can_be_signed(scenario, browser_of, signature_of, today, facts):
    subject = scenario.screened(facts(today))
    client = browser_of("investigator")
    page = client.get(address(subject))
    assert page.context["reasons"]
    assert 'type="password"' not in page.content.decode()
    refused = client.post(address(subject), signature_of("investigator", page.context["content_hash"]))
    assert refused.status_code == 409
    assert state_of(subject) == SubjectState.SCREENING


def test_what_changed_since_it_was_shown_is_not_signed(scenario, browser_of, signature_of, today):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("investigator")
    shown = client.get(address(subject)).context["content_hash"]
    change(scenario, subject, got_u_l="40")
    refused = client.post(address(subject), signature_of("investigator", shown))
    assert (refused.status_code, "stale" in refused.content.decode()) == (409, True)
    assert refused.context["content_hash"] != shown
    assert not EligibilitySnapshot.objects.exists()


@pytest.mark.parametrize(
    ("username", "password"),
    [("investigator", "wrong"), ("subinvestigator", "a password for tests"), ("nobody", "a password for tests")],
    ids=["wrong password", "another person's credentials", "unknown name"],
)
def test_a_signature_needs_the_own_credentials(scenario, browser_of, signature_of, today, username, password):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("investigator")
    shown = client.get(address(subject)).context["content_hash"]
    refused = client.post(address(subject), signature_of(username, shown, password=password))
    assert (refused.status_code, "reauthentication" in refused.content.decode()) == (403, True)
    assert not EligibilitySnapshot.objects.exists()
    assert state_of(subject) == SubjectState.SCREENING


@pytest.mark.parametrize("missing", ["username", "password", "meaning", "content_hash"])
def test_an_incomplete_signature_is_shown_again(scenario, browser_of, signature_of, today, missing):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("investigator")
    entry = signature_of("investigator", client.get(address(subject)).context["content_hash"]) | {missing: ""}
    assert client.post(address(subject), entry).status_code == 200
    assert not EligibilitySnapshot.objects.exists()


@pytest.mark.parametrize("username", ["coordinator", "nurse", "monitor", "medicalmonitor"])
def test_nobody_else_signs(scenario, browser_of, signature_of, today, username):
    subject = scenario.screened(eligible_man(today))
    client = browser_of(username)
    page = client.get(address(subject))
    assert "PER-ROLE" in page.content.decode()
    entry = signature_of(username, page.context["content_hash"])
    assert client.post(address(subject), entry).status_code == 403
    assert not EligibilitySnapshot.objects.exists()


def test_a_changed_fact_breaks_the_signature_and_signing_again_mends_it(scenario, browser_of, signature_of, today):
    subject = scenario.eligible()
    change(scenario, subject, got_u_l="40")
    assert state_of(subject) == SubjectState.SCREENING
    client = browser_of("investigator")
    page = client.get(address(subject))
    ((label, values),) = page.context["signed_changes"]
    assert ("GOT" in label, values) == (True, ("31", "40"))
    assert "Broken" in page.content.decode()
    allocation = client.get(reverse("allocate", args=[subject.code])).content.decode()
    assert "ALC-ELIGIBILITY-BROKEN" in allocation
    entry = signature_of("investigator", page.context["content_hash"])
    assert client.post(address(subject), entry).status_code == 302
    assert state_of(subject) == SubjectState.ELIGIBLE
    assert EligibilitySnapshot.objects.count() == 2


def test_changing_a_fact_back_makes_the_signature_stand_again(scenario, browser_of):
    """What was signed is again what is saved: the hash of the facts is the same."""
    subject = scenario.eligible()
    change(scenario, subject, got_u_l="40")
    change(scenario, subject, got_u_l="31")
    page = browser_of("investigator").get(address(subject))
    assert page.context["signed"].intact
    assert page.context["signed_changes"] == ()


def test_an_allocated_subjects_signature_breaks_as_well(scenario, browser_of):
    subject = scenario.allocated()
    change(scenario, subject, got_u_l="40")
    assert state_of(subject) == SubjectState.ALLOCATED
    page = browser_of("investigator").get(reverse("subject", args=[subject.code])).content.decode()
    assert "Sign eligibility again" in page
    assert "Broken" in page


def test_until_when_each_result_holds_is_shown(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    response = browser_of("investigator").get(address(subject))
    lung = today - timedelta(days=3)
    rows = {row.label: row for row in response.context["validities"]}
    assert rows["Lung function"].valid_until == lung + timedelta(days=28)
    assert rows["CT"].valid_until == today - timedelta(days=9) + timedelta(days=90)
    assert rows["Liver tests"].note
    assert response.context["stands_until"] == lung + timedelta(days=28)
    assert {row.state for row in rows.values()} == {"VALID"}
    assert "On these results the first infusion may be given until" in response.content.decode()


def test_an_expired_result_says_so(scenario, browser_of, today):
    old = (today - timedelta(days=29)).isoformat()
    subject = scenario.screened(eligible_man(today) | {"pft_current_on": old})
    response = browser_of("investigator").get(address(subject))
    rows = {row.label: row.state for row in response.context["validities"]}
    assert (rows["Lung function"], rows["CT"]) == ("EXPIRED", "VALID")
    assert response.context["stands_until"] is None
    assert response.context["verdict"].overall == "pending"
