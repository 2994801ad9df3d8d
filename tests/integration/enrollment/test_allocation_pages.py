"""Allocation: the next slot in order, and each reason against it as the page shows it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from config.demonstration import bedside
from enrollment.models import Allocation, Subject
from enrollment.rules.states import SubjectState
from enrollment.selectors.eligibility import current_screening
from enrollment.services import allocations
from trial.errors import NotPermitted, RuleViolation
from trial.models import CohortClearance
from trial.services.regulated import regulated


def address(subject: Subject) -> str:
    return reverse("allocate", args=[subject.code])


def test_the_next_slot_in_order_is_given(scenario, browser_of):
    subject = scenario.eligible()
    client = browser_of("coordinator")
    page = client.get(address(subject))
    assert page.context["facts"].next_slot == "C1-1"
    assert not page.context["reasons"]
    assert client.post(address(subject)).status_code == 302
    allocation = Allocation.objects.get()
    assert (allocation.slot.label, allocation.subject_number) == ("C1-1", 1)
    assert Subject.objects.get(pk=subject.pk).state == SubjectState.ALLOCATED
    assert "has slot C1-1" in client.get(address(subject)).content.decode()


def refused(client, subject: Subject) -> set[str]:
    response = client.post(address(subject))
    assert response.status_code == 409
    shown = {reason.code for reason in response.context["reasons"]}
    assert all(code in response.content.decode() for code in shown)
    assert not Allocation.objects.filter(subject=subject).exists()
    return shown


def test_who_is_not_signed_waits(scenario, browser_of):
    assert refused(browser_of("coordinator"), scenario.screened()) == {"ALC-STATE", "ALC-ELIGIBILITY-UNSIGNED"}


def test_who_refused_consent_gets_nothing(scenario, browser_of):
    subject = bedside.register(
        scenario.study, scenario.people, version=scenario.consent_version, at=scenario.at, refused=True
    )
    assert refused(browser_of("coordinator"), subject) == {"ALC-STATE", "ALC-CONSENT", "ALC-ELIGIBILITY-UNSIGNED"}


def test_a_broken_signature_gives_no_slot(scenario, browser_of):
    subject = scenario.eligible()
    facts = dict(current_screening(subject).facts) | {"got_u_l": "40"}
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    assert refused(browser_of("coordinator"), subject) == {"ALC-STATE", "ALC-ELIGIBILITY-BROKEN"}


def test_the_second_cohort_waits_for_its_gate(scenario, browser_of):
    for _ in range(3):
        scenario.allocated()
    subject = scenario.eligible()
    client = browser_of("coordinator")
    assert "C2-1" in client.get(address(subject)).content.decode()
    assert refused(client, subject) == {"ALC-COHORT-CLOSED"}


def test_a_revoked_clearance_closes_the_cohort(scenario, browser_of):
    subject = scenario.eligible()
    with regulated(by=scenario.people["admin"], act="tests.revoke"):
        CohortClearance.objects.update(revoked_at=scenario.at, revoked_reason="A question of safety")
    assert refused(browser_of("coordinator"), subject) == {"ALC-COHORT-CLOSED"}


def test_a_replacement_takes_the_vacated_slot_under_a_new_number(scenario, browser_of):
    first = scenario.allocated()
    allocations.vacate(
        allocation=first.allocation, reason="Not evaluable", by=scenario.people["investigator"], at=scenario.at
    )
    replacement = scenario.eligible()
    assert browser_of("coordinator").post(address(replacement)).status_code == 302
    allocation = Allocation.objects.get(subject=replacement)
    assert (allocation.slot.label, allocation.subject_number) == ("C1-1", 11)
    page = browser_of("coordinator").get(reverse("subject-list")).content.decode()
    assert "C1-1 (vacated)" in page


def test_nobody_is_allocated_twice(scenario, browser_of):
    subject = scenario.allocated()
    response = browser_of("coordinator").post(address(subject))
    assert (response.status_code, "ALC-STATE" in response.content.decode()) == (409, True)
    assert Allocation.objects.count() == 1


@pytest.mark.parametrize("username", ["nurse", "pharmacist", "monitor", "sponsor"])
def test_nobody_else_allocates(scenario, browser_of, username):
    subject = scenario.eligible()
    client = browser_of(username)
    assert "PER-ROLE" in client.get(address(subject)).content.decode()
    assert client.post(address(subject)).status_code == 403
    with pytest.raises(NotPermitted):
        allocations.allocate(subject=subject, by=scenario.people[username], at=scenario.at)
    assert not Allocation.objects.exists()


def test_the_service_refuses_with_every_reason(scenario):
    with pytest.raises(RuleViolation) as refusal:
        allocations.allocate(subject=scenario.consented(), by=scenario.people["coordinator"], at=scenario.at)
    assert refusal.value.decision.codes == ("ALC-STATE", "ALC-ELIGIBILITY-UNSIGNED")
