"""Product over the API: from receipt to the ward, with the refusals of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from dosing.models import ProductLot, ProductUnit
from dosing.services import infusions
from tests.builders.scenario import TrialScenario
from tests.builders.signing import codes, post_json, signature, signed_in
from trial.models import ElectronicSignature
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def pharmacist(scenario: TrialScenario) -> Client:
    return signed_in(scenario.people["pharmacist"])


@pytest.fixture
def quality(scenario: TrialScenario) -> Client:
    return signed_in(scenario.people["qualityassurance"])


def received(scenario: TrialScenario, client: Client, number: str = "L-77") -> Any:
    body = {"number": number, "donor_code": "D-7", "expires_at": (scenario.at + timedelta(days=400)).isoformat()}
    return post_json(client, reverse("api-lot-list"), body)


def passing_tests(scenario: TrialScenario, *, late: bool = False) -> list[dict[str, Any]]:
    definition = scenario.study.protocol_versions.get(state="ACTIVE").definition
    day = site_date(scenario.at, timezone=scenario.timezone).isoformat()
    tests = []
    for criterion in definition.product.release_criteria:
        if criterion.late and not late:
            continue
        value = criterion.minimum if criterion.minimum is not None else criterion.maximum
        given = {"code": criterion.code, "result": criterion.accepted or "", "tested_on": day}
        tests.append(given if value is None else given | {"value": str(value)})
    return tests


def released(scenario: TrialScenario, pharmacist: Client, quality: Client) -> Any:
    received(scenario, pharmacist)
    for test in passing_tests(scenario):
        assert post_json(pharmacist, reverse("api-lot-tests", args=["L-77"]), test).status_code == 201
    return sign_release(scenario, quality)


def accept_pending(scenario: TrialScenario, client: Client, number: str = "L-77", **changes: str) -> Any:
    seen = client.get(reverse("api-lot", args=[number])).json()["conditional_content_hash"]
    given = {"meaning": "conditional_release", "content_hash": seen} | changes
    signed = signature(scenario.people["qualityassurance"], **given)
    return post_json(client, reverse("api-lot-accept-pending", args=[number]), {"signature": signed})


def sign_release(scenario: TrialScenario, client: Client, number: str = "L-77", **changes: str) -> Any:
    """Where the culture is pending, that is signed first."""
    accept_pending(scenario, client, number)
    seen = client.get(reverse("api-lot", args=[number])).json()["content_hash"]
    given = {"meaning": "product_release", "content_hash": seen} | changes
    signed = signature(scenario.people["qualityassurance"], **given)
    return post_json(client, reverse("api-lot-release", args=[number]), {"signature": signed})


def add_unit(client: Client, number: str = "01", lot: str = "L-77") -> int:
    body = {"number": number, "total_cells": "75000000", "volume_ml": "7.5"}
    added = post_json(client, reverse("api-lot-units", args=[lot]), body)
    assert added.status_code == 201
    pk: int = added.json()["id"]
    return pk


def handle(client: Client, pk: int, act: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    headers = {"Idempotency-Key": key or f"{pk}-{act}"}
    return post_json(client, reverse(f"api-unit-{act}", args=[pk]), body or {}, **headers)


def by_two(scenario: TrialScenario, client: Client, pk: int, act: str, *, seen: str = "", **body: Any) -> Any:
    """The second pharmacist signs what the unit tells, or what was asked for."""
    seen = seen or client.get(reverse("api-unit", args=[pk])).json()["content_hashes"][act]
    second = signature(scenario.people["pharmacist2"], meaning="second_person", content_hash=seen)
    return post_json(client, reverse(f"api-unit-{act}", args=[pk]), {**body, "second": second})


def assign(scenario: TrialScenario, client: Client, pk: int, infusion: dict[str, Any]) -> Any:
    told = client.get(reverse("api-unit-assign", args=[pk]), infusion).json()
    return by_two(scenario, client, pk, "assign", seen=told["content_hash"], **infusion)


def planned(scenario: TrialScenario) -> dict[str, Any]:
    subject = scenario.allocated()
    on = site_date(scenario.at, timezone=scenario.timezone)
    infusions.plan(subject=subject, number=1, planned_on=on, by=scenario.people["nurse"], at=scenario.at)
    return {"subject": subject.code, "infusion": 1}


def test_a_lot_goes_from_receipt_to_the_ward(scenario, pharmacist, quality):
    answer = received(scenario, pharmacist)
    assert (answer.status_code, answer.json()["state"]) == (201, "QUARANTINED")
    assert codes(received(scenario, pharmacist)) == ["PRD-NUMBER"]
    for test in passing_tests(scenario):
        recorded = post_json(pharmacist, reverse("api-lot-tests", args=["L-77"]), test)
    assert [reason["code"] for reason in recorded.json()["release_reasons"]] == ["PRD-CONDITIONAL"]
    assert recorded.json()["conditional_reasons"] == []
    assert {test["outcome"] for test in recorded.json()["tests"]} <= {"passed", "pending_late"}
    done = sign_release(scenario, quality)
    assert (done.status_code, done.json()["state"]) == (200, "RELEASED")
    pk = add_unit(pharmacist)
    infusion = planned(scenario)
    assert assign(scenario, pharmacist, pk, infusion).json()["subject"] == infusion["subject"]
    thawed = handle(pharmacist, pk, "thaw", {"viability": "0.88"}).json()
    assert (thawed["viability"], thawed["use_by_at"] is not None) == ("0.8800", True)
    assert codes(handle(pharmacist, pk, "issue", key="early")) == ["CST-MISSING"]
    for act in ("check", "label"):
        assert by_two(scenario, pharmacist, pk, act).status_code == 200
    issued = handle(pharmacist, pk, "issue").json()
    assert (issued["state"], issued["issued_by"]) == ("ISSUED", scenario.people["pharmacist"].printed_name)
    assert handle(pharmacist, pk, "issue").json() == issued
    assert codes(handle(pharmacist, pk, "issue", key="another")) == ["UNT-STATE"]
    listed = pharmacist.get(reverse("api-lot-units", args=["L-77"])).json()["results"]
    assert [row.items() <= issued.items() for row in listed] == [True]
    assert pharmacist.get(reverse("api-unit", args=[pk])).json() == issued
    assert pharmacist.get(reverse("api-unit-find"), {"code": issued["uuid"]}).json() == issued
    destroyed = by_two(scenario, pharmacist, pk, "destroy", volume_ml="7.5", reason="leaks").json()
    assert destroyed["state"] == "DESTROYED"
    chain = pharmacist.get(reverse("api-unit-chain", args=[pk])).json()["results"]
    assert [link["step"] for link in chain] == [
        *("RECEIVED", "ASSIGNED", "THAWED", "COUNTED", "QC_RELEASED", "LABELLED", "ISSUED", "DESTROYED")
    ]
    two = {link["step"] for link in chain if link["second"] == scenario.people["pharmacist2"].printed_name}
    assert two == {"ASSIGNED", "QC_RELEASED", "LABELLED", "DESTROYED"}


def test_a_release_is_refused_with_every_reason(scenario, pharmacist, quality):
    received(scenario, pharmacist)
    tests = passing_tests(scenario)
    numeric = next(test for test in tests if "value" in test)
    worded = next((test for test in tests if test["result"]), None)
    post_json(pharmacist, reverse("api-lot-tests", args=["L-77"]), numeric | {"value": "-1"})
    refused = sign_release(scenario, quality)
    reasons = refused.json()["reasons"]
    assert refused.status_code == 409
    shown = quality.get(reverse("api-lot", args=["L-77"])).json()
    assert reasons == shown["release_reasons"]
    assert {reason["code"] for reason in reasons} == {"PRD-TESTS", "PRD-CONDITIONAL"}
    outcomes = {test["code"]: test["outcome"] for test in shown["tests"]}
    assert sum(outcome in ("missing", "failed") for outcome in outcomes.values()) == len(reasons) - 1
    if worded is not None:
        assert outcomes[worded["code"]] == "missing"
    assert not ElectronicSignature.objects.filter(meaning="product_release").exists()


def test_only_the_right_password_and_the_content_seen_release(scenario, pharmacist, quality):
    received(scenario, pharmacist)
    wrong = sign_release(scenario, quality, password="not it")
    assert (wrong.status_code, codes(wrong)) == (403, ["reauthentication"])
    for test in passing_tests(scenario):
        post_json(pharmacist, reverse("api-lot-tests", args=["L-77"]), test)
    stale = sign_release(scenario, quality, content_hash="0" * 64)
    assert (stale.status_code, codes(stale)) == (409, ["stale"])
    assert sign_release(scenario, quality, meaning="eligibility").status_code == 400
    lot = ProductLot.objects.get(number="L-77")
    assert (lot.state, lot.release_signature) == ("QUARANTINED", None)


def test_who_may_do_what(scenario, pharmacist, quality):
    assert released(scenario, pharmacist, quality).status_code == 200
    pk = add_unit(pharmacist)
    coordinator = signed_in(scenario.people["coordinator"])
    assert coordinator.get(reverse("api-lot-list")).status_code == 200
    assert received(scenario, coordinator, "L-78").status_code == 403
    for act in ("assign", "thaw", "check", "label", "issue", "destroy", "take-back", "reconcile", "set-aside"):
        assert handle(coordinator, pk, act).status_code == 403
    assert handle(coordinator, pk, "chain", {"step": "STORED"}).status_code == 403
    body = {"reason": "no"}
    assert post_json(pharmacist, reverse("api-lot-reject", args=["L-77"]), body).status_code == 403
    assert post_json(pharmacist, reverse("api-lot-release", args=["L-77"]), {}).status_code == 403


def test_a_unit_of_a_rejected_lot_is_not_issued(scenario, pharmacist, quality):
    released(scenario, pharmacist, quality)
    pk = add_unit(pharmacist)
    assign(scenario, pharmacist, pk, planned(scenario))
    handle(pharmacist, pk, "thaw", {"viability": "0.88"})
    for act in ("check", "label"):
        by_two(scenario, pharmacist, pk, act)
    rejected = post_json(quality, reverse("api-lot-reject", args=["L-77"]), {"reason": "sterility culture turned"})
    assert (rejected.status_code, rejected.json()["state"]) == (200, "REJECTED")
    assert codes(handle(pharmacist, pk, "issue")) == ["UNT-UNRELEASED"]
    assert ProductUnit.objects.get(pk=pk).state == "ASSIGNED"
    again = post_json(quality, reverse("api-lot-reject", args=["L-77"]), {"reason": "again"})
    assert (again.status_code, codes(again)) == (409, ["PRD-STATE"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": "../x", "donor_code": "D", "expires_at": "2027-01-01T00:00"},
        {"number": "L\x00", "donor_code": "D", "expires_at": "2027-01-01T00:00"},
        {"number": "L-1", "donor_code": "D", "expires_at": "9999-12-31T23:59"},
        {"number": "L-1", "donor_code": "D", "expires_at": 7},
    ],
)
def test_a_malformed_receipt_is_a_400(scenario, pharmacist, body):
    assert post_json(pharmacist, reverse("api-lot-list"), body).status_code == 400


@pytest.mark.parametrize("viability", ["0", "1.01", "88", "NaN", "Infinity", "", None, "0.88888", [1]])
def test_viability_is_a_fraction(scenario, pharmacist, quality, viability):
    released(scenario, pharmacist, quality)
    pk = add_unit(pharmacist)
    assert handle(pharmacist, pk, "thaw", {"viability": viability}).status_code == 400


def test_other_malformed_requests_are_400_or_404(scenario, pharmacist, quality):
    released(scenario, pharmacist, quality)
    pk = add_unit(pharmacist)
    tests = reverse("api-lot-tests", args=["L-77"])
    day = site_date(scenario.at, timezone=scenario.timezone).isoformat()
    assert post_json(pharmacist, tests, {"code": "x", "value": "NaN", "tested_on": day}).status_code == 400
    assert codes(post_json(pharmacist, tests, {"code": "x", "value": "1", "tested_on": day})) == ["PRD-TEST-UNKNOWN"]
    for wrong in ({"number": "02", "total_cells": "1.5", "volume_ml": "1"}, {"number": "02", "total_cells": "-1"}):
        assert post_json(pharmacist, reverse("api-lot-units", args=["L-77"]), wrong).status_code == 400
    assert handle(pharmacist, pk, "assign", {"subject": "S-999", "infusion": 1}).status_code == 400
    assert handle(pharmacist, pk, "assign", {"subject": "S-999", "infusion": 10**9}).status_code == 400
    assert post_json(pharmacist, reverse("api-unit-issue", args=[pk]), {}).status_code == 400
    assert handle(pharmacist, 10**9, "issue").status_code == 404
    assert pharmacist.get("/api/v1/lots/nobody%00s/").status_code == 404
    assert pharmacist.get(reverse("api-lot-units", args=["L-1000"])).status_code == 404


def test_lots_are_listed_and_narrowed_with_a_fixed_number_of_queries(scenario, pharmacist):
    bedside.receive_lot(scenario.study, scenario.people, number="L-20", at=scenario.at)
    with CaptureQueriesContext(connection) as few:
        pharmacist.get(reverse("api-lot-list"))
    for index in range(3):
        lot = bedside.receive_lot(scenario.study, scenario.people, number=f"L-3{index}", at=scenario.at)
        bedside.test_lot(scenario.study, scenario.people, lot, at=scenario.at)
    with CaptureQueriesContext(connection) as more:
        assert pharmacist.get(reverse("api-lot-list")).json()["count"] == 4
    # The prefetch of test results is left out while there is none.
    assert len(more) <= len(few) + 1
    narrowed = pharmacist.get(reverse("api-lot-list"), {"search": "l-3", "state": "QUARANTINED"}).json()
    assert [row["number"] for row in narrowed["results"]] == ["L-30", "L-31", "L-32"]
    assert narrowed["results"][0]["units_in_stock"] == 8
    assert pharmacist.get(reverse("api-lot-list"), {"state": "nonsense"}).status_code == 400


def test_units_are_listed_with_a_fixed_number_of_queries(scenario, pharmacist):
    bedside.receive_lot(scenario.study, scenario.people, number="L-20", at=scenario.at, units_of_lot=1)
    bedside.receive_lot(scenario.study, scenario.people, number="L-21", at=scenario.at, units_of_lot=6)
    counts = []
    for number in ("L-20", "L-21"):
        with CaptureQueriesContext(connection) as queries:
            pharmacist.get(reverse("api-lot-units", args=[number]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
