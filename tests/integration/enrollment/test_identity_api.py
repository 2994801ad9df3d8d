"""The identity vault for programs: the same as on the pages, and no answer is stored on the way."""

from __future__ import annotations

import pytest
from django.urls import reverse

from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from tests.builders.identities import person, recorded
from trial.models import IdempotentRequest


def address(subject: Subject, name: str = "api-identity") -> str:
    return reverse(name, args=[subject.code])


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


def test_an_identity_is_recorded_opened_and_corrected(scenario, program_of):
    subject = scenario.consented()
    client = program_of("coordinator")
    empty = client.get(address(subject)).json()
    assert (empty["recorded_at"], empty["purposes"]) == (None, [])
    answer = client.put(address(subject), {"identity": person().as_texts()})
    assert (answer.status_code, answer.json()["recorded_by"]) == (201, "coordinator")
    opened = client.post(address(subject), {"purpose": "CORRECTION"})
    assert opened.status_code == 200
    assert opened.json()["identity"] == person().as_texts()
    assert "no-store" in opened["Cache-Control"]
    changed = {
        "identity": opened.json()["identity"] | {"phone": "0911-222-333"},
        "seen_version": opened.json()["version"],
        "reason": "Two digits were interchanged",
    }
    assert client.put(address(subject), changed).status_code == 200
    assert codes(client.put(address(subject), changed)) == ["stale"]
    again = client.post(address(subject), {"purpose": "CONTACT"}).json()
    assert again["identity"]["phone"] == "0911-222-333"
    openings = client.get(address(subject, "api-identity-openings")).json()
    assert [(row["opened_by"], row["role"], row["purpose"]) for row in openings["results"]] == [
        ("coordinator", "coordinator", "CONTACT"),
        ("coordinator", "coordinator", "CORRECTION"),
    ]
    assert not IdempotentRequest.objects.exists()


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ({}, ["identity"]),
        ({"identity": {}}, ["identity"]),
        ({"identity": person().as_texts() | {"born_on": "1948"}}, ["identity"]),
        ({"identity": person().as_texts() | {"number_kind": "LIBRARY_CARD"}}, ["identity"]),
    ],
)
def test_a_malformed_entry_names_its_keys(scenario, program_of, sent, keys):
    answer = program_of("coordinator").put(address(scenario.consented()), sent)
    assert (answer.status_code, list(answer.json())) == (400, keys)


def test_the_same_refusals_as_on_the_page(scenario, program_of):
    first, twin = scenario.consented(), scenario.consented()
    client = program_of("coordinator")
    assert codes(client.post(address(first), {"purpose": "CONTACT"})) == ["IDV-NONE"]
    bad = client.put(address(first), {"identity": person(number="B187654325").as_texts() | {"born_on": "2199-01-01"}})
    assert (bad.status_code, codes(bad)) == (409, ["IDV-NUMBER", "IDV-BIRTH"])
    recorded(scenario, first)
    assert codes(client.put(address(first), {"identity": person().as_texts()})) == ["IDV-RECORDED"]
    assert codes(client.put(address(twin), {"identity": person().as_texts()})) == ["IDV-TWICE"]
    assert codes(program_of("nurse").post(address(first), {"purpose": "CORRECTION"})) == ["IDV-PURPOSE"]
    assert client.post(address(first), {"purpose": "CURIOSITY"}).status_code == 400
    assert not IdentityOpening.objects.exists()
    assert SubjectIdentity.objects.count() == 1


@pytest.mark.parametrize("username", ["sponsor", "auditor", "dsmb", "medicalmonitor", "datamanager", "admin"])
def test_r30_nobody_else_comes_near(scenario, program_of, username):
    subject = scenario.consented()
    recorded(scenario, subject)
    client = program_of(username)
    assert client.get(address(subject)).status_code == 403
    assert client.post(address(subject), {"purpose": "INSPECTION"}).status_code == 403
    assert client.get(address(subject, "api-identity-openings")).status_code == 403


@pytest.mark.parametrize("username", ["nurse", "socialworker", "monitor"])
def test_whoever_opens_does_not_therefore_record(scenario, program_of, username):
    subject = scenario.consented()
    answer = program_of(username).put(address(subject), {"identity": person().as_texts()})
    assert (answer.status_code, codes(answer)) == (403, ["PER-ROLE"])
    assert not SubjectIdentity.objects.exists()
