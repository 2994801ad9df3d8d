"""Subjects for programs: list, registration with consent, further consents, withdrawal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from enrollment.models import Subject
from enrollment.rules.states import SubjectState
from trial.rules.site_time import at_site


def registration(scenario, **changes: Any) -> dict[str, Any]:
    consent = {
        "version": "1.0",
        "language": "zh-Hant",
        "status": "SIGNED",
        "given_at": scenario.at.isoformat(),
        "explained_by": "investigator",
        "copy_given": True,
        "before_procedures": True,
    }
    return {"site": "CMUH", "consent": consent | changes}


def codes(response) -> list[str]:
    return [reason["code"] for reason in response.json()["reasons"]]


def test_a_participant_is_registered(scenario, program_of):
    client = program_of("coordinator")
    answer = client.post(reverse("api-subject-list"), registration(scenario))
    assert answer.status_code == 201
    subject = Subject.objects.get()
    assert answer.json()["code"] == subject.code
    assert answer.json()["state"] == SubjectState.SCREENING
    (consent,) = client.get(reverse("api-subject-consents", args=[subject.code])).json()
    assert (consent["version"], consent["explained_by"], consent["recorded_by"]) == (
        "1.0",
        "investigator",
        "coordinator",
    )


def test_a_time_without_offset_is_the_sites(scenario, program_of):
    written = at_site(scenario.at, timezone=scenario.timezone).strftime("%Y-%m-%dT%H:%M")
    answer = program_of("coordinator").post(reverse("api-subject-list"), registration(scenario, given_at=written))
    assert answer.status_code == 201
    given_at = Subject.objects.get().consents.get().given_at
    assert timedelta(0) <= scenario.at - given_at < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"given_at": "2199-01-01T00:00:00+08:00"}, ["CON-FUTURE", "CON-EXPLAINED"]),
        ({"given_at": "2001-01-01T00:00", "copy_given": False}, ["CON-VERSION", "CON-COPY", "CON-EXPLAINED"]),
    ],
)
def test_a_refused_registration_gives_every_reason(scenario, program_of, changes, wanted):
    answer = program_of("coordinator").post(reverse("api-subject-list"), registration(scenario, **changes))
    assert answer.status_code == 409
    assert codes(answer) == wanted
    assert not Subject.objects.exists()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"version": "9.9"}, "version"),
        ({"explained_by": "nurse"}, "explained_by"),
        ({"status": "MAYBE"}, "status"),
        ({"given_at": "yesterday"}, "given_at"),
        ({"given_at": 20260312}, "given_at"),
        ({"copy_given": None}, "copy_given"),
    ],
)
def test_a_malformed_registration_names_its_keys(scenario, program_of, changes, key):
    answer = program_of("coordinator").post(reverse("api-subject-list"), registration(scenario, **changes))
    assert answer.status_code == 400
    assert key in answer.json()["consent"]
    assert not Subject.objects.exists()


def test_a_site_one_does_not_work_at_is_refused(scenario, program_of):
    answer = program_of("coordinator").post(reverse("api-subject-list"), registration(scenario) | {"site": "TWO"})
    assert (answer.status_code, list(answer.json())) == (400, ["site"])


def test_the_list_is_paginated_filtered_and_sorted(scenario, program_of):
    waiting, allocated = scenario.consented(), scenario.allocated()
    client = program_of("auditor")
    address = reverse("api-subject-list")
    everybody = client.get(address).json()
    assert (everybody["count"], everybody["next"]) == (2, None)
    assert [row["code"] for row in everybody["results"]] == [waiting.code, allocated.code]
    assert next(row["code"] for row in client.get(address, {"sort": "-code"}).json()["results"]) == allocated.code
    for narrowed in ({"state": "ALLOCATED"}, {"cohort": 1}, {"search": allocated.code}, {"cohort": 1, "site": "CMUH"}):
        assert [row["code"] for row in client.get(address, narrowed).json()["results"]] == [allocated.code]
    assert client.get(address, {"site": "TWO"}).json()["results"] == []
    page = client.get(address, {"page_size": 1}).json()
    assert len(page["results"]) == 1
    assert "page=2" in page["next"]
    assert client.get(address, {"state": "NO_SUCH_STATE"}).status_code == 400


def test_one_subject(scenario, program_of):
    subject = scenario.allocated()
    answer = program_of("nurse").get(reverse("api-subject", args=[subject.code])).json()
    assert (answer["code"], answer["slot"], answer["site"]) == (subject.code, "C1-1", "CMUH")
    assert program_of("nurse").get(reverse("api-subject", args=["CMUH-999"])).status_code == 404
    assert program_of("nurse").get("/api/v1/subjects/%00/").status_code == 404


def test_a_participant_withdraws(scenario, program_of):
    subject = scenario.eligible()
    client = program_of("coordinator")
    address = reverse("api-subject-withdrawal", args=[subject.code])
    answer = client.post(address, {"scope": "TREATMENT", "reason": "none given"})
    assert (answer.status_code, answer.json()["state"]) == (200, SubjectState.WITHDRAWN)
    assert codes(client.post(address, {"scope": "TREATMENT", "reason": "again"})) == ["WDR-SCOPE"]
    assert client.post(address, {"scope": "SOME", "reason": "x"}).status_code == 400
    assert client.post(address, {"scope": "ALL", "reason": " "}).status_code == 400
    (consent,) = client.get(reverse("api-subject-consents", args=[subject.code])).json()
    assert consent["withdrawal_scope"] == "TREATMENT"


def test_the_same_version_is_not_signed_twice(scenario, program_of):
    subject = scenario.consented()
    answer = program_of("coordinator").post(
        reverse("api-subject-consents", args=[subject.code]), registration(scenario)["consent"]
    )
    assert (answer.status_code, codes(answer)) == (409, ["CON-TWICE"])


@pytest.mark.parametrize("username", ["nurse", "monitor", "admin"])
def test_nobody_else_registers_or_withdraws(scenario, program_of, username):
    subject = scenario.consented()
    client = program_of(username)
    assert client.post(reverse("api-subject-list"), registration(scenario)).status_code == 403
    address = reverse("api-subject-withdrawal", args=[subject.code])
    assert client.post(address, {"scope": "ALL", "reason": "x"}).status_code == 403
    assert Subject.objects.get().state == SubjectState.SCREENING


def test_the_administrator_reads_no_subjects(scenario, program_of):
    assert program_of("admin").get(reverse("api-subject-list")).status_code == 403
