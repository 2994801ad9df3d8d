"""Visits over the API: the same rules, reasons and permissions as the pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from followup.models import Visit
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import codes, post_json, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort() -> ObservedCohort:
    cohort = ObservedCohort()
    cohort.dose()
    cohort.morning(days=6)
    return cohort


def visit_of(cohort: ObservedCohort, code: str) -> Visit:
    return Visit.objects.get(subject=cohort.subjects[0], code=code)


def test_visits_are_listed_narrowed_and_read(cohort, django_assert_max_num_queries):
    client = signed_in(cohort.people["coordinator"])
    with django_assert_max_num_queries(12):
        body = client.get(reverse("api-visit-list")).json()
    assert body["count"] == 10
    overdue = client.get(reverse("api-visit-list"), {"status": "OVERDUE"}).json()["results"]
    assert {row["status"] for row in overdue} == {"OVERDUE"}
    assert client.get(reverse("api-visit-list"), {"status": "nonsense"}).status_code == 400
    one = client.get(reverse("api-visit", args=[visit_of(cohort, "I1D7").pk])).json()
    assert (one["code"], one["status"], one["subject"]) == ("I1D7", "DUE", cohort.subjects[0].code)
    assert client.get(reverse("api-visit", args=[10**9])).status_code == 404


def test_a_visit_is_completed_or_missed_with_the_same_refusals(cohort):
    client = signed_in(cohort.people["coordinator"])
    visit, overdue = visit_of(cohort, "I1D7"), visit_of(cohort, "I1D1")
    address = reverse("api-visit-complete", args=[visit.pk])
    entered = {"done_at": cohort.at.isoformat(), "adverse_events_asked": "none"}
    assert post_json(client, address, {"done_at": cohort.at.isoformat()}).status_code == 400
    assert post_json(client, address, entered | {"adverse_events_asked": ""}).status_code == 400
    late = post_json(client, reverse("api-visit-complete", args=[overdue.pk]), entered)
    assert (late.status_code, codes(late)) == (409, ["VIS-WINDOW-NOTE"])
    done = post_json(client, address, entered)
    assert (done.status_code, done.json()["status"], done.json()["recorded_by"]) == (200, "DONE", "Chen Yi-Ting")
    again = post_json(client, address, entered)
    assert (again.status_code, codes(again)) == (409, ["VIS-STATE"])
    missed = post_json(client, reverse("api-visit-missed", args=[overdue.pk]), {"reason": "did not come"})
    assert (missed.status_code, missed.json()["status"]) == (200, "MISSED")


def test_reading_is_not_entering(cohort):
    client = signed_in(cohort.people["sponsor"])
    address = reverse("api-visit-complete", args=[visit_of(cohort, "I1D7").pk])
    assert client.get(reverse("api-visit-list")).status_code == 200
    refused = post_json(client, address, {"done_at": cohort.at.isoformat(), "adverse_events_asked": "none"})
    assert (refused.status_code, codes(refused)) == (403, ["PER-ROLE"])
    assert signed_in(cohort.people["admin"]).get(reverse("api-visit-list")).status_code == 403
