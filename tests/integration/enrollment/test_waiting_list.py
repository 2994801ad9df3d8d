"""Who waits for a slot: in which order, who is told when a cohort opens, and how somebody is passed over."""

from __future__ import annotations

import pytest
from django.db import connection
from django.urls import reverse

from config.demonstration import bedside
from enrollment.models import Allocation, Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.selectors.eligibility import current_screening
from enrollment.selectors.waiting import waiting_list
from enrollment.services import allocations, subjects, waiting_notices
from tests.builders.prepared import open_cohort
from trial.errors import RuleViolation
from trial.models import AuditEvent, CohortClearance, Notification
from trial.study_events import CohortOpened

pytestmark = pytest.mark.django_db
ALLOCATE = {"coordinator", "investigator", "subinvestigator"}
REASON = "Who waits longer cannot come before May."


def codes(scenario) -> list[str]:
    listed = [each.subject.code for each in waiting_list(scenario.study)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM stepwise_waiting(%s) ORDER BY place", [scenario.study.pk])
        assert [code for (code,) in cursor.fetchall()] == listed, "the database counts in the same way"
    return listed


def break_and_sign_again(scenario, subject: Subject) -> None:
    facts = dict(current_screening(subject).facts) | {"got_u_l": "33"}
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    assert subject.code not in codes(scenario), "a broken signature waits for nothing"
    bedside.sign_eligibility(Subject.objects.get(pk=subject.pk), scenario.people, at=scenario.at)


def test_the_order_is_that_of_the_first_signatures(scenario):
    first, second = scenario.screened(), scenario.screened()
    for subject in (second, first):
        bedside.sign_eligibility(subject, scenario.people, at=scenario.at)
        scenario.wait(minutes=1)
    assert codes(scenario) == [second.code, first.code]


def test_signing_again_over_repeated_results_keeps_the_place(scenario):
    one, other = scenario.eligible(), scenario.eligible()
    scenario.wait(days=1)
    break_and_sign_again(scenario, one)
    assert codes(scenario) == [one.code, other.code]


def test_who_withdraws_or_is_allocated_waits_no_longer(scenario):
    one, two, three = (scenario.eligible() for _ in range(3))
    bedside.allocate(one, scenario.people, at=scenario.at)
    subjects.withdraw(
        subject=two, scope=WithdrawalScope.ALL, reason="moved", by=scenario.people["coordinator"], at=scenario.at
    )
    assert codes(scenario) == [three.code]


# ---------------------------------------------------------------------------------------------------- passing over


def test_passing_over_needs_a_reason_which_is_kept_with_those_passed_over(scenario):
    one, two, three = (scenario.eligible() for _ in range(3))
    by = scenario.people["coordinator"]
    for reason in ("", "  "):
        with pytest.raises(RuleViolation) as refusal:
            allocations.allocate(subject=three, by=by, at=scenario.at, order_reason=reason)
        assert refusal.value.decision.codes == ("ALC-ORDER",)
    assert not Allocation.objects.exists()
    allocation = allocations.allocate(subject=three, by=by, at=scenario.at, order_reason=f" {REASON} ")
    assert (allocation.passed_over, allocation.order_reason) == ([one.code, two.code], REASON)
    entry = AuditEvent.objects.filter(table_name="enrollment_allocation").latest("id")
    assert entry.after["passed_over"] == [one.code, two.code]
    assert entry.reason.strip() == REASON


def test_in_turn_no_reason_is_needed_and_none_is_kept(scenario):
    one, _two = scenario.eligible(), scenario.eligible()
    by = scenario.people["coordinator"]
    allocation = allocations.allocate(subject=one, by=by, at=scenario.at, order_reason="Not needed.")
    assert (allocation.passed_over, allocation.order_reason) == ([], "")


def test_the_page_asks_for_the_reason_where_nothing_else_stands_in_the_way(scenario, browser_of):
    one, two = scenario.eligible(), scenario.eligible()
    client, address = browser_of("coordinator"), reverse("allocate", args=[two.code])
    page = client.get(address).content.decode()
    assert "order_reason" in page
    assert reverse("allocate", args=[one.code]) in page
    assert "order_reason" not in client.get(reverse("allocate", args=[one.code])).content.decode()
    refused = client.post(address, {"order_reason": ""})
    assert (refused.status_code, "ALC-ORDER" in refused.content.decode()) == (409, True)
    assert client.post(address, {"order_reason": "x" * 2001}).status_code == 200, "an error at the field"
    assert not Allocation.objects.exists()
    assert client.post(address, {"order_reason": REASON}).status_code == 302
    page = client.get(address).content.decode()
    assert REASON in page
    assert "1 subject waited longer" in page


def test_the_api_asks_for_the_same_reason(scenario, program_of):
    scenario.eligible()
    two = scenario.eligible()
    client, url = program_of("coordinator"), f"/api/v1/subjects/{two.code}/allocation/"
    found = client.get(url).json()
    assert (found["allowed"], found["waiting_place"], found["waiting"]) == (False, 2, 2)
    assert [reason["code"] for reason in found["reasons"]] == ["ALC-ORDER"]
    assert client.post(url, {}).status_code == 409
    given = client.post(url, {"order_reason": REASON})
    assert (given.status_code, given.json()["slot"]) == (201, "C1-1")


# ------------------------------------------------------------------------------------------------------ being told


def told(key: str) -> list[tuple[str, str]]:
    rows = Notification.objects.filter(key__startswith=key).order_by("id")
    return [(row.path.split("/")[2], row.user.username) for row in rows]


def test_when_a_cohort_opens_those_who_allocate_are_told_once_for_each_who_waits(scenario):
    for _ in range(3):
        scenario.allocated()
    one, two = scenario.eligible(), scenario.eligible()
    scenario.screened()
    assert told("waiting:") == []
    open_cohort(scenario, number=2)
    clearance = CohortClearance.objects.get(cohort__number=2)
    found = told(f"waiting:open:{clearance.pk}:")
    assert {subject for subject, _ in found} == {one.code, two.code}
    assert sorted(found) == sorted((subject.code, who) for subject in (one, two) for who in ALLOCATE)
    first = Notification.objects.filter(key__endswith=f":{one.pk}")[0]
    assert "Cohort 2 is open" in first.title
    assert "Place 1 of 2" in first.body
    waiting_notices.tell_after_opening(
        CohortOpened(clearance=clearance, by=scenario.people["investigator"], at=scenario.at)
    )
    assert told("waiting:") == found, "telling twice tells nothing twice"


def test_whose_task_it_is_no_longer_is_not_told(scenario):
    """Delegations and training lapse after a year: then nobody may allocate, and nobody is told to."""
    scenario.eligible()
    clearance = CohortClearance.objects.get(cohort__number=1)
    scenario.wait(days=390)
    scenario.wait(days=390)
    waiting_notices.tell_after_opening(
        CohortOpened(clearance=clearance, by=scenario.people["investigator"], at=scenario.at)
    )
    assert told("waiting:") == []
