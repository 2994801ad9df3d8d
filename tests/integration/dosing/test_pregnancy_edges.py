"""A pregnancy reported on its page and through the API. G46."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.builders.scenario import TrialScenario
from tests.builders.signing import codes, post_json, signed_in
from trial.models import DosingHold
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario(db) -> TrialScenario:
    return TrialScenario()


def test_g46_reported_on_its_page_and_again_by_a_program(scenario):
    subject = scenario.allocated()
    coordinator = signed_in(scenario.people["coordinator"])
    page = reverse("pregnancy-report", args=[subject.code])
    assert page in coordinator.get(reverse("subject", args=[subject.code])).content.decode()
    today = site_date(scenario.at, timezone=scenario.timezone)
    empty = coordinator.post(page, {"known_on": ""})
    assert (empty.status_code, set(empty.context["form"].errors)) == (200, {"whose", "known_on"})
    tomorrow = {"whose": "partner", "known_on": (today + timedelta(days=1)).isoformat()}
    refused = coordinator.post(page, tomorrow)
    assert (refused.status_code, [r.code for r in refused.context["reasons"]]) == (409, ["PRG-FUTURE"])
    address = reverse("api-subject-pregnancy", args=[subject.code])
    assert codes(post_json(coordinator, address, tomorrow)) == ["PRG-FUTURE"]
    assert not DosingHold.objects.exists()
    assert coordinator.post(page, tomorrow | {"known_on": today.isoformat()}).status_code == 303
    hold = DosingHold.objects.get()
    assert (hold.subject_code, "Pregnancy of a partner" in hold.reason) == (subject.code, True)
    again = post_json(coordinator, address, {"whose": "participant", "known_on": today.isoformat()})
    assert (again.status_code, again.json()["id"]) == (201, hold.pk)
    assert post_json(coordinator, address, {"whose": "nobody", "known_on": "x"}).status_code == 400


@pytest.mark.parametrize("person", ["sponsor", "auditor", "monitor"])
def test_who_only_reads_reports_nothing(scenario, person):
    subject = scenario.allocated()
    client = signed_in(scenario.people[person])
    page = reverse("pregnancy-report", args=[subject.code])
    assert client.get(page).status_code == 200
    assert client.post(page, {"whose": "partner", "known_on": "2026-01-01"}).status_code == 403
