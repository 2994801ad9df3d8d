"""Infusions over the API: one walk from plan to end, the same reasons as on the pages, and each request done once."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dosing.models import Infusion, PreDoseCheck
from enrollment.models import Subject
from tests.builders.scenario import TrialScenario
from tests.builders.signing import codes, post_json, signature, signed_in
from tests.builders.ward import issue_unit
from trial.models import AuditEvent, Deviation, ElectronicSignature, User
from trial.rules.site_time import site_date
from trial.rules.states import Meaning

pytestmark = pytest.mark.django_db

_keys = count()


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


def send(client: Client, name: str, pk: int, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
    path = reverse(f"api-infusion-{name}", args=[pk])
    return post_json(client, path, body or {}, **{"Idempotency-Key": key or f"key-{next(_keys)}"})


def shown(client: Client, pk: int) -> dict[str, Any]:
    return client.get(reverse("api-infusion", args=[pk])).json()


def signed_by(person: User, answer: dict[str, Any], over: Meaning, /, **changed: str) -> dict[str, Any]:
    to_sign = next(each for each in answer["to_sign"] if each["meaning"] == over)
    wanted = signature(person, meaning=over.value, content_hash=to_sign["content_hash"])
    return {"signature": wanted | changed}


def planned(scenario: TrialScenario, subject: Subject | None = None, *, number: int = 1) -> Infusion:
    """Planned over the API; its unit thawed and issued; nothing recorded at the bedside."""
    subject = subject or scenario.allocated()
    client = signed_in(scenario.people["nurse"])
    today = site_date(scenario.at, timezone=scenario.timezone)
    body = {"number": number, "planned_on": today.isoformat()}
    answer = post_json(client, reverse("api-subject-infusions", args=[subject.code]), body)
    assert answer.status_code == 201, answer.json()
    issue_unit(scenario, subject, number=number)
    return Infusion.objects.get(pk=answer.json()["id"])


def day_facts(scenario: TrialScenario, **changed: Any) -> dict[str, Any]:
    measured = (scenario.at - timedelta(hours=1)).isoformat()
    return {
        "weight_kg": "61.0",
        "weight_measured_at": measured,
        "pregnancy_result": "not_applicable",
        "laboratory_acceptable": True,
        "laboratory_collected_at": measured,
    } | changed


def test_an_infusion_goes_from_plan_to_end(scenario):
    infusion = planned(scenario)
    nurse = signed_in(scenario.people["nurse"])
    before = shown(nurse, infusion.pk)
    assert (before["state"], before["guard"]["allowed"], before["unit"]) == ("PRODUCT_ISSUED", False, None)
    assert [r["code"] for r in before["guard"]["reasons"]] == [
        "DOS-WEIGHT",
        "DOS-PREGNANCY",
        "DOS-LABORATORY",
        "DOS-IDENTITY-FIRST",
        "DOS-VERIFIER",
    ]
    refused = send(nurse, "start", infusion.pk)
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "DOS-WEIGHT")
    recorded = send(nurse, "pre-dose", infusion.pk, day_facts(scenario))
    assert recorded.json()["dose"]["volume_ml_drawn"] == "6.9"
    first = send(
        nurse, "identify", infusion.pk, signed_by(scenario.people["nurse"], recorded.json(), Meaning.IDENTITY_CHECK)
    )
    assert first.json()["first_identity_check"]["printed_name"] == scenario.people["nurse"].printed_name
    body = signed_by(scenario.people["nurse2"], first.json(), Meaning.IDENTITY_CHECK)
    verified = send(nurse, "verify", infusion.pk, body).json()
    assert verified["guard"]["allowed"], verified["guard"]
    assert verified["identity_check"]["printed_name"] == scenario.people["nurse2"].printed_name
    assert verified["unit"] == verified["product"]["label"]
    running = send(nurse, "start", infusion.pk).json()
    assert (running["state"], running["performed_by"], running["to_sign"]) == ("RUNNING", "nurse", [])
    assert [reason["code"] for reason in running["guard"]["reasons"]] == ["DOS-STARTED"]
    because = {"reason": "access", "note": "The vein was lost."}
    assert send(nurse, "pause", infusion.pk, because).json()["state"] == "PAUSED"
    assert codes(send(nurse, "pause", infusion.pk, because)) == ["DOS-STATE"]
    scenario.wait(minutes=3)
    resumed = send(nurse, "resume", infusion.pk).json()
    assert (resumed["state"], resumed["interruptions"][0]["note"]) == ("RUNNING", "The vein was lost.")
    assert resumed["running_time"]["paused_s"] >= 180
    assert codes(send(nurse, "complete", infusion.pk, {"infused_volume_ml": "99"})) == ["DOS-VOLUME"]
    volumes = {"infused_volume_ml": "6.9", "residual_volume_ml": "0.55", "flush_ml": "10"}
    done = send(nurse, "complete", infusion.pk, volumes).json()
    assert (done["state"], done["given_million_per_kg"]) == ("COMPLETED", "0.99541")
    assert (done["residual_volume_ml"], done["exposure"]["relative_dose_intensity"]) == ("0.55", "0.99541")
    assert done["dose"]["within_tolerance"] is True


def test_the_guard_is_that_of_the_page(scenario):
    infusion = planned(scenario)
    nurse = signed_in(scenario.people["nurse"])
    page = nurse.get(reverse("infusion", args=[infusion.pk]))
    told = [reason["code"] for reason in shown(nurse, infusion.pk)["guard"]["reasons"]]
    assert told == [reason.code for reason in page.context["start_blocked"]]
    sponsor = shown(signed_in(scenario.people["auditor"]), infusion.pk)["guard"]
    assert (sponsor["allowed"], sponsor["reasons"][0]["code"]) == (False, "PER-ROLE")


def test_an_infusion_stops_early_or_is_not_given(scenario):
    nurse = signed_in(scenario.people["nurse"])
    running = scenario.running()
    assert send(nurse, "stop", running.pk, {"infused_volume_ml": "2"}).status_code == 400
    body = {"infused_volume_ml": "2.00", "reason": "reaction", "note": "Chills after 2 mL."}
    stopped = send(nurse, "stop", running.pk, body).json()
    assert (stopped["state"], stopped["stop_reason"], stopped["dose"]["within_tolerance"]) == (
        "STOPPED_EARLY",
        "reaction",
        False,
    )


def test_an_infusion_is_not_given_with_a_reason(scenario):
    infusion = planned(scenario)
    nurse = signed_in(scenario.people["nurse"])
    assert send(nurse, "not-given", infusion.pk, {"reason": "  ", "because": "other"}).status_code == 400
    assert send(nurse, "not-given", infusion.pk, {"reason": "Fever."}).status_code == 400
    body = {"reason": "Fever in the morning.", "because": "adverse_event"}
    answer = send(nurse, "not-given", infusion.pk, body).json()
    assert (answer["state"], answer["guard"]["allowed"]) == ("NOT_GIVEN", False)
    assert answer["not_given_because"] == "adverse_event"


def test_a_key_gets_its_answer_again_and_nothing_is_done_again(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    first = send(nurse, "start", infusion.pk, key="one")
    scenario.wait(minutes=3)
    again = send(nurse, "start", infusion.pk, key="one")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert AuditEvent.objects.filter(act="infusions.start", table_name="dosing_infusion").count() == 1
    other = send(nurse, "start", infusion.pk, {"late_entry_reason": "x"}, key="one")
    assert other.status_code == 400
    assert "Idempotency-Key" in other.json()
    keyless = post_json(nurse, reverse("api-infusion-pause", args=[infusion.pk]), {})
    assert (keyless.status_code, list(keyless.json())) == (400, ["Idempotency-Key"])


def test_a_session_acts_at_the_bedside_with_its_token_against_forgery(scenario):
    infusion = planned(scenario)
    nurse = scenario.people["nurse"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(nurse, backend="django.contrib.auth.backends.ModelBackend")
    client.get(reverse("infusion", args=[infusion.pk]))
    path, facts = reverse("api-infusion-pre-dose", args=[infusion.pk]), day_facts(scenario)
    assert post_json(client, path, facts, **{"Idempotency-Key": "one"}).status_code == 403
    sent = {"Idempotency-Key": "two", "X-CSRFToken": client.cookies["csrftoken"].value}
    first, again = (post_json(client, path, facts, **sent) for _time in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["pre_dose"]["weight_kg"] == again.json()["pre_dose"]["weight_kg"] == "61.0"


def test_of_two_starts_the_second_learns_who_has_started(scenario):
    infusion = scenario.prepared()
    assert send(signed_in(scenario.people["nurse"]), "start", infusion.pk).status_code == 200
    second = send(signed_in(scenario.people["investigator"]), "start", infusion.pk)
    assert (second.status_code, codes(second)) == (409, ["DOS-STARTED"])
    assert scenario.people["nurse"].printed_name in second.json()["reasons"][0]["message"]


def test_the_second_person_proves_who_they_are(scenario):
    infusion = planned(scenario)
    nurse = signed_in(scenario.people["nurse"])
    before = shown(nurse, infusion.pk)
    second = scenario.people["nurse2"]
    early = send(nurse, "verify", infusion.pk, signed_by(second, before, Meaning.IDENTITY_CHECK))
    assert (early.status_code, codes(early)) == (409, ["DOS-IDENTITY-FIRST"])
    send(nurse, "identify", infusion.pk, signed_by(scenario.people["nurse"], before, Meaning.IDENTITY_CHECK))
    wrong = send(nurse, "verify", infusion.pk, signed_by(second, before, Meaning.IDENTITY_CHECK, password="guess"))
    assert (wrong.status_code, codes(wrong)) == (403, ["reauthentication"])
    auditor = scenario.people["auditor"]
    undelegated = send(nurse, "verify", infusion.pk, signed_by(auditor, before, Meaning.IDENTITY_CHECK))
    assert (undelegated.status_code, codes(undelegated)) == (403, ["PER-ROLE"])
    stale = signed_by(second, before, Meaning.IDENTITY_CHECK, content_hash="0" * 64)
    assert codes(send(nurse, "verify", infusion.pk, stale)) == ["stale"]
    meant = signed_by(second, before, Meaning.IDENTITY_CHECK, meaning=Meaning.ENDORSEMENT.value)
    assert send(nurse, "verify", infusion.pk, meant).status_code == 400
    assert ElectronicSignature.objects.filter(meaning=Meaning.IDENTITY_CHECK).count() == 1


def test_another_subjects_unit_is_refused(scenario):
    """G38: the wrong bag is discovered before the start."""
    infusion, other = planned(scenario), planned(scenario)
    nurse = signed_in(scenario.people["nurse"])
    wrong_unit = shown(nurse, other.pk)["product"]["id"]
    body = signed_by(scenario.people["nurse2"], shown(nurse, infusion.pk), Meaning.IDENTITY_CHECK)
    uuid = shown(nurse, other.pk)["product"]["uuid"]
    for named in ({"unit": wrong_unit}, {"unit_code": uuid}):
        refused = send(nurse, "identify", infusion.pk, body | named)
        assert (refused.status_code, codes(refused)) == (409, ["DOS-PRODUCT-ASSIGNED"])
    incident = Deviation.objects.get(category="IDENTITY")
    assert (incident.subject_code, incident.reference) == (infusion.subject.code, f"infusion:{infusion.pk}")
    assert not ElectronicSignature.objects.filter(meaning=Meaning.IDENTITY_CHECK).exists()
    assert send(nurse, "identify", infusion.pk, body | {"unit": 10**9}).status_code == 400
    assert send(nurse, "identify", infusion.pk, body | {"unit_code": "no such bag"}).status_code == 400
    right = shown(nurse, infusion.pk)["product"]["uuid"]
    assert send(nurse, "identify", infusion.pk, body | {"unit_code": f" {right.upper()}"}).status_code == 200


def test_the_same_person_twice_may_not_start(scenario):
    infusion = planned(scenario)
    nurse = signed_in(scenario.people["nurse"])
    answer = send(nurse, "pre-dose", infusion.pk, day_facts(scenario)).json()
    body = signed_by(scenario.people["investigator"], answer, Meaning.IDENTITY_CHECK)
    assert send(nurse, "identify", infusion.pk, body).status_code == 200
    refused = send(nurse, "verify", infusion.pk, body)
    assert (refused.status_code, codes(refused)) == (409, ["DOS-PEOPLE-SAME"])
    assert "DOS-VERIFIER" in codes(send(signed_in(scenario.people["investigator"]), "start", infusion.pk))
    assert Infusion.objects.get(pk=infusion.pk).started_at is None


def test_before_the_first_infusion_there_is_nothing_to_sign_off(scenario):
    infusion = planned(scenario)
    investigator = scenario.people["investigator"]
    body = {"signature": signature(investigator, meaning=Meaning.INTER_INFUSION.value, content_hash="0" * 64)}
    refused = send(signed_in(investigator), "sign-off", infusion.pk, body)
    assert (refused.status_code, codes(refused)) == (409, ["DOS-SIGNOFF-FIRST"])
    assert send(signed_in(scenario.people["nurse"]), "sign-off", infusion.pk, body).status_code == 403


def test_reading_is_not_acting(scenario):
    infusion = planned(scenario)
    auditor = signed_in(scenario.people["auditor"])
    assert auditor.get(reverse("api-infusion-list")).json()["count"] == 1
    for name in (
        "pre-dose",
        "sign-off",
        "start",
        "pause",
        "resume",
        "complete",
        "stop",
        "not-given",
        "prepare",
        "observed",
        "vital-signs",
    ):
        refused = send(auditor, name, infusion.pk, {"infused_volume_ml": "1", "reason": "reaction", "note": "x"})
        assert (name, refused.status_code, codes(refused)) == (name, 403, ["PER-ROLE"])
    assert signed_in(scenario.people["admin"]).get(reverse("api-infusion-list")).status_code == 403
    path = reverse("api-subject-infusions", args=[infusion.subject.code])
    assert post_json(auditor, path, {"number": 2, "planned_on": "2030-01-01"}).status_code == 403


def test_planning_answers_with_every_reason(scenario):
    subject = scenario.allocated()
    nurse = signed_in(scenario.people["nurse"])
    path = reverse("api-subject-infusions", args=[subject.code])
    refused = post_json(nurse, path, {"number": 7, "planned_on": "2001-01-01"})
    assert (refused.status_code, codes(refused)) == (409, ["DOS-NUMBER", "DOS-SEQUENCE", "DOS-PLANNED-PAST"])
    for body in ({}, {"number": 0, "planned_on": "2030-01-01"}, {"number": 1, "planned_on": "soon"}, [], "x"):
        assert post_json(nurse, path, body).status_code == 400, body
    assert nurse.get(path).json() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"weight_kg": "NaN"},
        {"weight_kg": "-3"},
        {"weight_kg": "12345678.9"},
        {"weight_measured_at": "yesterday"},
        {"weight_measured_at": "0001-01-01T00:00"},
        {"pregnancy_result": "perhaps"},
        {"laboratory_acceptable": "perhaps"},
        {"reason": "x" * 5000},
        {"weight_measured_at": 5},
    ],
)
def test_odd_facts_are_an_error_of_the_client(scenario, changed):
    infusion = planned(scenario)
    answer = send(signed_in(scenario.people["nurse"]), "pre-dose", infusion.pk, day_facts(scenario, **changed))
    assert (answer.status_code, list(answer.json())) == (400, list(changed))
    assert not PreDoseCheck.objects.exists()


def test_a_late_entry_needs_its_reason_and_stands_on_the_clock_of_the_site(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    scenario.wait(hours=2)
    body = {"started_at": (scenario.at - timedelta(hours=1)).isoformat()}
    assert "DOS-LATE-REASON" in codes(send(nurse, "start", infusion.pk, body))
    late = send(nurse, "start", infusion.pk, body | {"late_entry_reason": "The network was down."})
    assert (late.status_code, late.json()["late_entry_reason"]) == (200, "The network was down.")


def test_the_list_is_narrowed_and_asks_no_more_for_more_rows(scenario):
    client = signed_in(scenario.people["coordinator"])
    first = planned(scenario)
    path = reverse("api-infusion-list")
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("api-infusion", args=[first.pk]))
    planned(scenario)
    with CaptureQueriesContext(connection) as more:
        assert client.get(path).json()["count"] == 2
    assert (len(few), len(one) < 30) == (len(more), True)
    assert client.get(path, {"state": "RUNNING"}).json()["count"] == 0
    assert client.get(path, {"search": first.subject.code.lower()}).json()["count"] == 1
    assert client.get(path, {"state": "NONSENSE"}).status_code == 400
    assert client.get(path, {"planned_from": "never"}).status_code == 400
    assert client.get(reverse("api-infusion", args=[10**9])).status_code == 404
    assert client.get(reverse("api-subject-infusions", args=["NOBODY"])).status_code == 404
