"""The signed decision reaches those who dose, and they confirm having read it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import codes, post_json, signed_in
from trial.models import ClearanceReading, CohortClearance, Notification


@pytest.fixture
def opened(db) -> ObservedCohort:
    return ObservedCohort().opened()


@pytest.fixture
def clearance(opened) -> CohortClearance:
    return CohortClearance.objects.get(basis="GATE_DECISION")


def test_everybody_who_doses_is_told_once_when_the_cohort_opens(opened, clearance):
    told = Notification.objects.filter(key=f"decision:{clearance.pk}").values_list("user__username", flat=True)
    assert {"pharmacist", "pharmacist2", "nurse", "nurse2", "investigator"} <= set(told)
    assert "sponsor" not in told
    opened.sweep()
    assert Notification.objects.filter(key=f"decision:{clearance.pk}").count() == len(told)


def test_it_is_read_and_confirmed_once(opened, clearance):
    nurse = signed_in(opened.people["nurse"])
    page = nurse.get(reverse("decision-list"))
    assert "I have read this decision" in page.content.decode()
    for _ in range(2):
        assert nurse.post(reverse("decision-read", args=[clearance.pk])).status_code == 302
    assert ClearanceReading.objects.get().user == opened.people["nurse"]
    shown = nurse.get(reverse("decision-list")).content.decode()
    assert "I have read this decision" not in shown
    assert "Liao Shu-Fen" in shown  # who has not yet


def test_who_does_not_dose_confirms_nothing(opened, clearance):
    assert signed_in(opened.people["sponsor"]).post(reverse("decision-read", args=[clearance.pk])).status_code == 403


def test_programs_read_with_the_same_refusals(opened, clearance):
    program = signed_in(opened.people["pharmacist"])
    assert program.get("/api/v1/decisions/").json()[0]["readings"] == []
    answer = post_json(program, f"/api/v1/decisions/{clearance.pk}/read/", {})
    assert answer.json()[0]["readings"][0]["user"] == "pharmacist"
    first = CohortClearance.objects.get(basis="FIRST_COHORT")
    assert codes(post_json(program, f"/api/v1/decisions/{first.pk}/read/", {})) == ["REA-FIRST"]


def test_a_decision_that_was_withdrawn_is_not_confirmed(opened, clearance):
    subject = opened.subjects[0]
    opened.report(subject, onset=opened.onset(subject, days=5))
    nurse = signed_in(opened.people["nurse"])
    answer = nurse.post(reverse("decision-read", args=[clearance.pk]))
    assert answer.status_code == 409
    assert "withdrawn" in answer.content.decode()


def test_the_page_asks_the_same_number_of_questions(opened, clearance, django_assert_max_num_queries):
    nurse = signed_in(opened.people["nurse"])
    nurse.get(reverse("decision-list"))
    with django_assert_max_num_queries(9):
        nurse.get(reverse("decision-list"))
