"""Adverse events, gates, holds and endorsements over the API: the rules, reasons and permissions of the pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from safety.models import AdverseEvent, Endorsement, GateReview, GateVote
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import codes, post_json, signature, signed_in
from trial.models import CohortClearance, DosingHold
from trial.rules.canonical import sha256_hex

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort() -> ObservedCohort:
    cohort = ObservedCohort()
    cohort.dose()
    cohort.morning(days=6)
    return cohort


def entry(cohort, **changes):
    subject = cohort.subjects[0]
    return {
        "subject": subject.code,
        "reported_term": "feverish",
        "ctcae_term": "Fever",
        "onset": cohort.onset(subject, days=1),
        "aware_at": cohort.at.isoformat(),
        "grade": 1,
        "serious": False,
        "relationship": "possible",
    } | changes


def test_an_event_is_recorded_listed_graded_amended_and_voided(cohort, django_assert_max_num_queries):
    client = signed_in(cohort.people["investigator"])
    answer = post_json(client, reverse("api-event-list"), entry(cohort, visit_code="I1D1"))
    assert answer.status_code == 201
    event = answer.json()
    assert (event["number"], event["visit"], event["grades"][0]["grade"], event["voided"]) == (1, "I1D1", 1, False)
    assert DosingHold.objects.get().kind == "QUALIFYING_EVENT"

    regrade = reverse("api-event-regrade", args=[event["id"]])
    graded = post_json(client, regrade, {"grade": 2, "graded_on": cohort.at.date().isoformat(), "reason": "worse"})
    assert [grade["grade"] for grade in graded.json()["grades"]] == [1, 2]
    assert post_json(client, regrade, {"grade": 9, "graded_on": "2026-01-01", "reason": "x"}).status_code == 400

    amend = reverse("api-event-amend", args=[event["id"]])
    amended = post_json(client, amend, {"changes": {"relationship": "unlikely"}, "reason": "seen again"})
    assert amended.json()["relationship"] == "unlikely"
    assert amended.json()["reported_term"] == "feverish"
    assert post_json(client, amend, {"changes": {"relationship": "maybe"}, "reason": "x"}).status_code == 400

    void = reverse("api-event-void", args=[event["id"]])
    assert post_json(client, void, {"reason": "wrong participant"}).json()["voided"] is True
    again = post_json(client, void, {"reason": "again"})
    assert (again.status_code, codes(again)) == (409, ["AEV-VOIDED"])
    with django_assert_max_num_queries(14):
        listed = client.get(reverse("api-event-list"), {"voided": "true", "grade": "2"}).json()
    assert (listed["count"], listed["results"][0]["void_reason"]) == (1, "wrong participant")
    assert client.get(reverse("api-event", args=[event["id"]])).json()["id"] == event["id"]


def test_refusals_of_an_event_come_with_every_reason_and_bad_bodies_with_400(cohort):
    client = signed_in(cohort.people["investigator"])
    address = reverse("api-event-list")
    refused = post_json(client, address, entry(cohort, onset="2999", grade=5, ctcae_term="Phlebitis"))
    assert refused.status_code == 409
    assert {"AEV-ONSET-FUTURE", "AEV-GRADE"} <= set(codes(refused))
    for bad in (
        {"aware_at": "soon"},
        {"grade": 0},
        {"grade": 1.5},
        {"seriousness_criteria": "death"},
        {"seriousness_criteria": ["sadness"]},
        {"reported_term": ""},
        {"onset": None},
        {"baseline_grade": 5},
    ):
        assert post_json(client, address, entry(cohort, **bad)).status_code == 400, bad
    assert post_json(client, address, entry(cohort, subject="NOBODY-1")).status_code == 404
    assert client.post(address, "{", content_type="application/json").status_code == 400
    assert not AdverseEvent.objects.exists()


def test_who_records_and_who_assesses(cohort):
    coordinator = signed_in(cohort.people["coordinator"])
    address = reverse("api-event-list")
    refused = post_json(coordinator, address, entry(cohort))
    assert (refused.status_code, codes(refused)) == (403, ["PER-ROLE"])
    recorded = post_json(coordinator, address, entry(cohort, relationship="not_assessed"))
    assert recorded.status_code == 201
    auditor = signed_in(cohort.people["auditor"])
    assert post_json(auditor, address, entry(cohort)).status_code == 403
    amend = reverse("api-event-amend", args=[recorded.json()["id"]])
    assert post_json(coordinator, amend, {"changes": {"serious": True}, "reason": "x"}).status_code == 403
    assert post_json(coordinator, amend, {"changes": {"narrative": "more"}, "reason": "x"}).status_code == 200


def test_a_request_sent_twice_with_its_key_records_once(cohort):
    client = signed_in(cohort.people["nurse"])
    body = entry(cohort, relationship="not_assessed")
    key = {"Idempotency-Key": "bedside-1"}
    first = post_json(client, reverse("api-event-list"), body, **key)
    second = post_json(client, reverse("api-event-list"), body, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert AdverseEvent.objects.count() == 1


def test_terms_are_found_forgivingly_with_their_grades(cohort):
    client = signed_in(cohort.people["nurse"])
    found = {row["term"]: row["grades"] for row in client.get("/api/v1/ctcae/", {"search": "feb"}).json()["results"]}
    assert found["Fever"] == [1, 2, 3, 4, 5]
    exact = client.get("/api/v1/ctcae/", {"search": "phlebitis"}).json()
    assert exact["results"][0] == {"term": "Phlebitis", "soc": exact["results"][0]["soc"], "grades": [2]}
    assert client.get("/api/v1/ctcae/").json()["count"] == 0


def test_a_gate_is_reviewed_by_programs_as_by_people():
    cohort = ObservedCohort().endorsed()
    investigator, monitor = (signed_in(cohort.people[who]) for who in ("investigator", "medicalmonitor"))
    assert [g["cohort"] for g in investigator.get(reverse("api-gate-list")).json()["results"]] == [1, 2, 3]
    assert investigator.get(reverse("api-gate", args=[1])).json()["result"] == "PASSED"
    convened = post_json(monitor, reverse("api-gate-review", args=[1]), {})
    assert convened.status_code == 201
    review = convened.json()
    refused = post_json(monitor, reverse("api-gate-review", args=[1]), {})
    assert (refused.status_code, codes(refused)) == (409, ["GTE-OPEN"])

    dossier = investigator.get(reverse("api-review-dossier", args=[review["id"]])).content.decode()
    assert sha256_hex(dossier) == review["dossier_sha256"]
    address = reverse("api-review-vote", args=[review["id"]])

    def ballot(who, **changes):
        signed = signature(cohort.people[who], meaning="gate_decision", content_hash=review["dossier_sha256"])
        return {"decision": "PROCEED", "rationale": "complete", "signature": signed | changes}

    stale = post_json(monitor, address, ballot("medicalmonitor", content_hash="0" * 64))
    assert (stale.status_code, codes(stale)) == (409, ["stale"])
    wrong = post_json(monitor, address, ballot("medicalmonitor", password="no"))
    assert (wrong.status_code, codes(wrong)) == (403, ["reauthentication"])
    assert post_json(monitor, address, ballot("medicalmonitor", meaning="endorsement")).status_code == 400
    assert post_json(monitor, address, {"decision": "PROCEED"}).status_code == 400
    assert post_json(monitor, address, ballot("investigator")).status_code == 403
    assert not GateVote.objects.exists()

    assert post_json(monitor, address, ballot("medicalmonitor")).status_code == 200
    seen = investigator.get(reverse("api-review", args=[review["id"]])).json()
    assert (seen["has_voted"], seen["signatures_missing"], seen["votes"]) == (
        ["medical_monitor"],
        ["principal_investigator"],
        [],
    )
    gate = investigator.get(reverse("api-gate", args=[1])).json()
    assert (gate["state"], gate["signatures_missing"]) == ("UNDER_REVIEW", ["principal_investigator"])
    decided = post_json(investigator, address, ballot("investigator")).json()
    assert (decided["decision"], [vote["valid"] for vote in decided["votes"]]) == ("PROCEED", [True, True])
    assert CohortClearance.objects.filter(cohort__number=2, revoked_at__isnull=True).exists()
    coordinator = signed_in(cohort.people["coordinator"])
    assert post_json(coordinator, reverse("api-gate-review", args=[1]), {}).status_code == 403
    assert post_json(coordinator, address, ballot("coordinator")).status_code == 403
    assert coordinator.get(reverse("api-gate", args=[7])).status_code == 404


def test_proceed_over_a_gate_that_does_not_pass_is_refused_with_every_reason(cohort):
    cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=1))
    client = signed_in(cohort.people["investigator"])
    post_json(client, reverse("api-gate-review", args=[1]), {})
    review = GateReview.objects.get()
    signed = signature(cohort.people["investigator"], meaning="gate_decision", content_hash=review.dossier_sha256)
    body = {"decision": "PROCEED", "rationale": "try", "signature": signed}
    refused = post_json(client, reverse("api-review-vote", args=[review.pk]), body)
    assert refused.status_code == 409
    assert {"GTE-NOT-PASSED", "GATE-EVENT", "GATE-CHECKLIST"} <= set(codes(refused))


def test_holds_are_placed_and_lifted_by_programs(cohort):
    nurse = signed_in(cohort.people["nurse"])
    address = reverse("api-hold-list")
    assert post_json(nurse, address, {"reason": ""}).status_code == 400
    assert post_json(nurse, address, {"reason": "x", "cohort": 1, "subject": "CMUH-001"}).status_code == 400
    assert post_json(nurse, address, {"reason": "x", "cohort": 9}).status_code == 404
    assert post_json(signed_in(cohort.people["sponsor"]), address, {"reason": "x"}).status_code == 403
    placed = post_json(nurse, address, {"reason": "Freezer alarm", "subject": cohort.subjects[0].code})
    assert placed.status_code == 201
    assert (placed.json()["subject"], placed.json()["in_force"]) == (cohort.subjects[0].code, True)
    lift = reverse("api-hold-lift", args=[placed.json()["id"]])
    assert post_json(nurse, lift, {}).status_code == 403
    for who, missing in (("medicalmonitor", ["principal_investigator"]), ("investigator", [])):
        client = signed_in(cohort.people[who])
        shown = client.get(lift).json()
        assert sha256_hex(shown["content"]) == shown["content_hash"]
        signed = signature(cohort.people[who], meaning="hold_lift", content_hash=shown["content_hash"])
        answer = post_json(client, lift, {"rationale": "false alarm", "signature": signed})
        assert answer.status_code == 200
        if missing:
            assert answer.json()["signatures_missing"] == missing
    assert nurse.get(address, {"in_force": "true"}).json()["count"] == 0
    assert nurse.get(address, {"in_force": "false", "kind": "manual"}).json()["count"] == 1


def test_data_are_endorsed_by_programs():
    cohort = ObservedCohort()
    subject = cohort.dose()
    client = signed_in(cohort.people["subinvestigator"])
    address = reverse("api-endorsement", args=[subject.code])
    assert "END-OPEN" in {reason["code"] for reason in client.get(address).json()["reasons"]}
    cohort.morning(days=29)
    cohort.attend_all(subject)
    shown = client.get(address).json()
    assert (shown["reasons"], shown["stands"]) == ([], False)
    assert sha256_hex(shown["content"]) == shown["content_hash"]
    signed = signature(cohort.people["subinvestigator"], meaning="endorsement", content_hash=shown["content_hash"])
    assert post_json(client, address, {"signature": signed | {"password": "no"}}).status_code == 403
    answer = post_json(client, address, {"signature": signed})
    assert (answer.status_code, answer.json()["stands"]) == (201, True)
    assert Endorsement.objects.count() == 1
    again = post_json(client, address, {"signature": signed})
    assert (again.status_code, codes(again)) == (409, ["END-STANDS"])
