"""Screening, signature, failure and allocation for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from config.demonstration.participants import eligible_man, missing_creatinine, raised_liver_enzymes
from enrollment.models import Allocation, EligibilitySnapshot, Subject
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.states import SubjectState
from trial.rules.site_time import site_date


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def at(name: str, subject: Subject) -> str:
    return reverse(f"api-{name}", args=[subject.code])


def typed(facts: dict[str, Any]) -> dict[str, Any]:
    """Without what signed interviews alone say."""
    return {key: value for key, value in facts.items() if key not in INTERVIEW_KEYS}


def put(client, subject: Subject, facts: dict[str, Any], **changes: str):
    seen = client.get(at("screening", subject)).json()["facts_sha256"]
    return client.put(at("screening", subject), {"facts": facts, "seen_sha256": seen, "reason": ""} | changes)


def codes(response) -> list[str]:
    assert response.status_code in (403, 409), response.content
    for reason in response.json()["reasons"]:
        assert set(reason) == {"code", "message", "source"}
    return [reason["code"] for reason in response.json()["reasons"]]


def test_facts_go_in_and_come_back_with_the_verdict(scenario, program_of, today):
    subject = scenario.consented()
    client = program_of("coordinator")
    facts = typed(missing_creatinine(today))
    answer = put(client, subject, facts)
    assert answer.status_code == 200
    assert answer.json()["facts"] == facts
    assert answer.json()["verdict"]["overall"] == "pending"
    assert answer.json()["signature"] is None
    assert answer.json() == client.get(at("screening", subject)).json()


def test_numbers_are_exact_to_the_last_digit(scenario, program_of):
    """Sent as a number of JSON, not as text: a float would make 80 of it, which is not more than 80."""
    subject = scenario.consented()
    client = program_of("coordinator")
    seen = client.get(at("screening", subject)).json()["facts_sha256"]
    raw = f'{{"seen_sha256": "{seen}", "facts": {{"got_u_l": 80.00000000000000000001, "gpt_u_l": 20, "ctd": []}}}}'
    answer = client.put(at("screening", subject), raw, content_type="application/json").json()
    assert answer["facts"] == {"got_u_l": "80.00000000000000000001", "gpt_u_l": "20", "ctd": []}
    (liver,) = [row for row in answer["verdict"]["criteria"] if row["code"] == "X4"]
    assert liver["result"] == "met"


def test_a_number_and_its_text_are_the_same_fact(scenario, program_of, today):
    subject = scenario.screened(eligible_man(today))
    client = program_of("coordinator")
    facts = client.get(at("screening", subject)).json()["facts"] | {"got_u_l": 31}
    assert put(client, subject, facts).status_code == 200


def test_what_follows_from_other_records_is_not_taken_from_a_request(scenario, program_of, today):
    subject = scenario.consented()
    derived = {"consent": {"status": "refused"}, "consent_on": "2001-01-01", "evaluated_on": "2001-01-01"}
    answer = put(program_of("coordinator"), subject, typed(eligible_man(today)) | derived)
    assert answer.json()["facts"] == typed(eligible_man(today))
    assert answer.json()["evaluated"]["consent"]["status"] == "signed"
    assert answer.json()["evaluated"]["evaluated_on"] == today.isoformat()


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"got_u_l": "much"}, "got_u_l"),
        ({"no_such_key": 1}, "no_such_key"),
        ({"creatinine": {"value": 0}}, "creatinine.value"),
        ({"ctd": [{"criteria_met": True}]}, "ctd[0].diagnosis"),
        ({"sex": True}, "sex"),
        ([], "facts"),
        ("x", "facts"),
    ],
)
def test_a_malformed_body_names_its_keys(scenario, program_of, facts, key):
    subject = scenario.consented()
    answer = put(program_of("coordinator"), subject, facts)
    assert answer.status_code == 400
    assert key in answer.json()


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"facts": {}}', '{"facts": {"got_u_l": NaN}, "seen_sha256": "x"}', '{"a": 1, "a": 2}']
)
def test_what_is_no_document_is_refused(scenario, program_of, body):
    subject = scenario.consented()
    answer = program_of("coordinator").put(at("screening", subject), body, content_type="application/json")
    assert answer.status_code == 400


def test_a_changed_value_needs_a_reason_and_a_stale_one_is_refused(scenario, program_of, today):
    subject = scenario.screened(eligible_man(today))
    client = program_of("coordinator")
    facts = eligible_man(today) | {"got_u_l": "40"}
    assert codes(put(client, subject, facts)) == ["SCR-REASON"]
    assert codes(put(client, subject, facts, reason="x", seen_sha256="0" * 64)) == ["stale"]
    assert put(client, subject, facts, reason="Typing error").json()["facts"]["got_u_l"] == "40"


def signature(seen: str, **changes: str) -> dict[str, Any]:
    fields = {"username": "investigator", "password": "a password for tests", "meaning": "eligibility"}
    return {"signature": fields | {"content_hash": seen} | changes}


def test_a_program_carries_an_investigators_signature(scenario, program_of, today):
    subject = scenario.screened(eligible_man(today))
    client = program_of("investigator")
    seen = client.get(at("screening", subject)).json()["content_hash"]
    answer = client.post(at("eligibility-sign", subject), signature(seen))
    assert answer.status_code == 200
    assert answer.json()["state"] == SubjectState.ELIGIBLE
    assert answer.json()["signature"]["intact"] is True
    assert answer.json()["signature"]["content_sha256"] == seen


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "wrong"}, 403, "reauthentication"),
        ({"username": "subinvestigator"}, 403, "reauthentication"),
        ({"content_hash": "0" * 64}, 409, "stale"),
    ],
)
def test_a_signature_that_does_not_hold_is_refused(scenario, program_of, today, changes, status, code):
    subject = scenario.screened(eligible_man(today))
    client = program_of("investigator")
    seen = client.get(at("screening", subject)).json()["content_hash"]
    answer = client.post(at("eligibility-sign", subject), signature(seen, **changes))
    assert (answer.status_code, codes(answer)) == (status, [code])
    assert not EligibilitySnapshot.objects.exists()


def test_a_signature_of_another_meaning_or_shape_is_no_signature(scenario, program_of, today):
    subject = scenario.screened(eligible_man(today))
    client = program_of("investigator")
    seen = client.get(at("screening", subject)).json()["content_hash"]
    for body in (signature(seen, meaning="hold_lift"), {}, {"signature": {}}, {"signature": "me"}):
        assert client.post(at("eligibility-sign", subject), body).status_code == 400
    assert not EligibilitySnapshot.objects.exists()


def test_pending_is_not_signed(scenario, program_of, today):
    subject = scenario.screened(missing_creatinine(today))
    client = program_of("investigator")
    seen = client.get(at("screening", subject)).json()["content_hash"]
    assert codes(client.post(at("eligibility-sign", subject), signature(seen))) == ["ELG-PENDING"]


def test_a_broken_signature_names_what_changed(scenario, program_of, today):
    subject = scenario.eligible()
    client = program_of("coordinator")
    facts = client.get(at("screening", subject)).json()["facts"] | {"got_u_l": "40"}
    answer = put(client, subject, facts, reason="Typing error").json()
    assert (answer["signature"]["intact"], answer["signature"]["changed"]) == (False, ["got_u_l"])
    assert answer["state"] == SubjectState.SCREENING


def test_a_screening_fails_with_all_its_codes(scenario, program_of, today):
    subject = scenario.screened(raised_liver_enzymes(today) | {"hiv": "confirmed"})
    answer = program_of("coordinator").post(at("screening-fail", subject))
    assert answer.status_code == 200
    assert answer.json()["failure_codes"] == ["X4", "X5"]
    assert answer.json()["state"] == SubjectState.SCREEN_FAILED
    assert codes(program_of("coordinator").post(at("screening-fail", subject))) == ["SCR-CLOSED"]


def test_allocation_is_asked_and_done(scenario, program_of):
    subject = scenario.eligible()
    client = program_of("coordinator")
    asked = client.get(at("allocation", subject)).json()
    assert (asked["allowed"], asked["next_slot"], asked["reasons"]) == (True, "C1-1", [])
    answer = client.post(at("allocation", subject))
    assert answer.status_code == 201
    assert (answer.json()["slot"], answer.json()["cohort"], answer.json()["subject_number"]) == ("C1-1", 1, 1)
    assert codes(client.post(at("allocation", subject))) == ["ALC-STATE"]
    assert Allocation.objects.count() == 1


def test_a_refused_allocation_gives_every_reason(scenario, program_of):
    subject = scenario.consented()
    client = program_of("coordinator")
    wanted = ["ALC-STATE", "ALC-ELIGIBILITY-UNSIGNED"]
    assert codes(client.post(at("allocation", subject))) == wanted
    asked = client.get(at("allocation", subject)).json()
    assert (asked["allowed"], [reason["code"] for reason in asked["reasons"]]) == (False, wanted)


@pytest.mark.parametrize(
    ("method", "name"),
    [("put", "screening"), ("post", "eligibility-sign"), ("post", "screening-fail"), ("post", "allocation")],
)
def test_a_monitor_changes_nothing(scenario, program_of, method, name):
    subject = scenario.eligible()
    answer = getattr(program_of("monitor"), method)(at(name, subject), {})
    assert codes(answer) == ["PER-ROLE"]


def test_whoever_is_nobody_is_refused(scenario, client):
    subject = scenario.consented()
    assert client.get(at("screening", subject)).status_code in (401, 403)


TREATMENTS = {
    "treatments": [
        {"drug": "methylprednisolone", "daily_dose_mg": "40", "started_on": "2020", "ongoing": True},
        {"drug": "tacrolimus", "started_on": "2021-06", "ongoing": True},
    ],
    "treatments_complete": True,
}


def test_treatment_records_are_taken_and_what_follows_from_them_is_answered(scenario, program_of, today):
    subject = scenario.consented()
    typed_ones = typed(eligible_man(today))
    summary = {"overlap_started_on", "steroid_drug", "steroid_mg_per_day"}
    facts = {key: value for key, value in typed_ones.items() if key not in summary} | TREATMENTS
    answer = put(program_of("coordinator"), subject, facts).json()
    assert answer["facts"] == facts
    assert answer["evaluated"]["overlap_started_on"] == "2021-06-30"
    assert answer["evaluated"]["steroid_mg_per_day"] == "50"
    assert "treatments" not in answer["evaluated"]
    assert [step["code"] for step in answer["beside"]["treatment"]][:3] == [
        "TRT-STEROID",
        "TRT-IMMUNOSUPPRESSANT",
        "TRT-TOGETHER",
    ]


def test_a_summary_that_contradicts_the_records_is_named(scenario, program_of, today):
    subject = scenario.consented()
    answer = put(program_of("coordinator"), subject, typed(eligible_man(today)) | TREATMENTS)
    assert answer.status_code == 400
    assert set(answer.json()) == {"overlap_started_on", "steroid_mg_per_day"}


def test_an_unlikely_value_is_asked_about_and_counts_once_confirmed(scenario, program_of, today):
    subject = scenario.consented()
    client = program_of("coordinator")
    answer = put(client, subject, typed(eligible_man(today)) | {"fvc_current_l": "20.8"}).json()
    (asked,) = [each for each in answer["beside"]["notices"] if each["notice"] == "left_out"]
    assert (asked["key"], asked["reason"]["code"], asked["confirm"]) == ("fvc_current_l", "SCR-IMPLAUSIBLE", "20.8")
    assert "fvc_current_l" not in answer["evaluated"]
    confirmed = answer["facts"] | {"confirmed": {asked["key"]: asked["confirm"]}}
    answer = put(client, subject, confirmed).json()
    assert answer["evaluated"]["fvc_current_l"] == "20.8"
    assert not [each for each in answer["beside"]["notices"] if each["notice"] == "left_out"]


def test_an_attestation_without_words_is_not_signed(scenario, program_of, today):
    other = {"diagnosis": "OTHER", "criteria_met": True, "attested": True}
    subject = scenario.screened(eligible_man(today) | {"ctd": [other]})
    client = program_of("investigator")
    answer = client.get(at("screening", subject)).json()
    assert answer["verdict"]["overall"] == "eligible"
    assert codes(client.post(at("eligibility-sign", subject), signature(answer["content_hash"]))) == ["SCR-ATTESTATION"]
    worded = answer["facts"] | {"ctd": [other | {"attestation": "MCTD with anti-U1RNP"}]}
    seen = put(program_of("coordinator"), subject, worded, reason="In the investigator's words").json()["content_hash"]
    assert client.post(at("eligibility-sign", subject), signature(seen)).status_code == 200


def test_until_when_results_hold_is_answered(scenario, program_of, today):
    beside = program_of("coordinator").get(at("screening", scenario.screened(eligible_man(today)))).json()["beside"]
    lung = today - timedelta(days=3)
    assert beside["validities"][0] == {
        "result": "lung_function",
        "taken_on": lung.isoformat(),
        "valid_until": (lung + timedelta(days=28)).isoformat(),
    }
    assert beside["stands_until"] == (lung + timedelta(days=28)).isoformat()
    assert [each["name"] for each in beside["declines"]] == ["FVC", "DLCO"]
