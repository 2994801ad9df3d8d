"""The pages of the safety gates: one dossier, blind votes, decisions signed, permission withdrawn in plain words."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.explain import What
from reports.explain.answering import answer as explain
from safety.models import GateReview, GateVote
from safety.rules.states import GateDecision
from safety.services import adverse_events
from tests.builders.gate_document import gate_document
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import PASSWORD, signed_in
from trial.models import CohortClearance

pytestmark = pytest.mark.django_db


def gate(cohort, who="investigator", number=1):
    return signed_in(cohort.people[who]).get(reverse("gate", args=[number]))


def vote_of(review, who, cohort, decision="PROCEED", **changes):
    body = {
        "decision": decision,
        "rationale": "Windows over, data complete.",
        "meaning": "gate_decision",
        "username": who,
        "password": PASSWORD,
        "content_hash": review.dossier_sha256,
    }
    return signed_in(cohort.people[who]).post(reverse("gate-vote", args=[review.pk]), body | changes)


@pytest.fixture
def cohort() -> ObservedCohort:
    return ObservedCohort().endorsed()


def test_a_gate_that_is_not_ready_lists_what_lacks_with_a_link_to_each():
    cohort = ObservedCohort()
    subject = cohort.dose()
    page = gate(cohort, "coordinator")
    assert page.context["result"].result == "NOT_READY"
    items = {item["label"]: item for item in page.context["open_items"]}
    visit = subject.visits.get(code="I1D0")
    assert items[f"{subject.code}: visit I1D0"]["url"] == reverse("visit", args=[visit.pk])
    endorse = items[f"{subject.code}: investigator's endorsement of the data"]
    assert endorse["url"] == reverse("endorse", args=[subject.code])
    text = page.content.decode()
    assert "GATE-CHECKLIST" in text
    assert "closes the gate: the public text taken at" in " ".join(text.split())
    assert page.context["earliest"] is None or page.context["earliest"] > cohort.at
    empty = gate(cohort, number=2)
    assert "Nobody is in this cohort yet." in empty.content.decode()
    assert [reason.code for reason in empty.context["page"].convening.reasons] == ["GTE-NOT-DOSED"]
    assert signed_in(cohort.people["investigator"]).post(reverse("gate-convene", args=[2])).status_code == 409


def test_the_review_is_convened_voted_blind_and_decided_on_pages(cohort):
    client = signed_in(cohort.people["investigator"])
    assert "Convene a review" in gate(cohort).content.decode()
    assert client.post(reverse("gate-convene", args=[1])).status_code == 303
    review = GateReview.objects.get()
    assert client.post(reverse("gate-convene", args=[1])).status_code == 409

    assert vote_of(review, "medicalmonitor", cohort).status_code == 303
    page = gate(cohort)
    text = page.content.decode()
    assert page.context["voted"] == ["Medical monitor"]
    assert page.context["missing"] == ["Principal investigator"]
    assert page.context["signatures"] == []
    assert "Windows over" not in text
    assert review.dossier_sha256 in text
    assert [r.message for r in page.context["permission_reasons"]] == [
        "The signature of the principal investigator is missing."
    ]
    own = gate(cohort, "medicalmonitor")
    assert [r.code for r in own.context["page"].voting.against.reasons] == ["GTE-VOTED", "GTE-ROLE-VOTED"]
    assert "vote_form" not in own.context
    assert "Windows over" in own.content.decode()

    wrong = vote_of(review, "investigator", cohort, password="not this")
    assert (wrong.status_code, [r.code for r in wrong.context["reasons"]]) == (403, ["reauthentication"])
    stale = vote_of(review, "investigator", cohort, content_hash="0" * 64)
    assert (stale.status_code, [r.code for r in stale.context["reasons"]]) == (409, ["stale"])
    assert GateVote.objects.count() == 1
    assert vote_of(review, "investigator", cohort).status_code == 303
    decided = gate(cohort, "auditor")
    assert [row["is_valid"] for row in decided.context["signatures"]] == [True, True]
    assert decided.context["result"].next_cohort_open
    assert "Windows over" in decided.content.decode()
    frozen = signed_in(cohort.people["auditor"]).get(reverse("gate-review", args=[review.pk]))
    assert frozen.context["document"] == json.loads(review.dossier)


def test_proceed_is_not_offered_for_a_gate_that_does_not_pass(cohort):
    cohort.report(cohort.subjects[1], onset=cohort.onset(cohort.subjects[1], days=5))
    review = cohort.convene()
    page = gate(cohort)
    offered = [value for value, _ in page.context["vote_form"].fields["decision"].choices]
    assert offered == ["HOLD", "STOP"]
    assert "GTE-NOT-PASSED" in page.content.decode()
    refused = vote_of(review, "investigator", cohort)
    assert (refused.status_code, list(refused.context["vote_form"].errors)) == (200, ["decision"])
    assert not GateVote.objects.exists()
    assert vote_of(review, "investigator", cohort, "HOLD").status_code == 303


def test_a_coordinator_sees_everything_and_may_do_nothing(cohort):
    review = cohort.convene()
    page = gate(cohort, "coordinator")
    text = page.content.decode()
    assert review.dossier_sha256 in text
    assert 'name="password"' not in text
    assert page.context["page"].voting is None
    client = signed_in(cohort.people["coordinator"])
    assert client.post(reverse("gate-convene", args=[1])).status_code == 403
    assert vote_of(review, "coordinator", cohort).status_code == 403
    assert signed_in(cohort.people["admin"]).get(reverse("gate", args=[1])).status_code == 403
    assert client.get(reverse("gate", args=[9])).status_code == 404
    assert client.get(reverse("gate-review", args=[10**9])).status_code == 404


def test_what_changed_since_the_dossier_is_said_and_a_vote_over_it_signs_nothing(cohort):
    review = cohort.convene()
    event = cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=5))
    page = gate(cohort)
    assert page.context["page"].must_convene
    assert "vote_form" not in page.context
    text = " ".join(page.content.decode().split())
    assert "The result was PASSED and is NOT_PASSED." in text
    assert f"{event.subject.code} AE 1 was added and counts" in text
    refused = vote_of(review, "investigator", cohort)
    assert (refused.status_code, [r.code for r in refused.context["reasons"]]) == (409, ["stale"])
    assert not GateVote.objects.exists()
    review.refresh_from_db()
    assert review.superseded_at is not None
    assert signed_in(cohort.people["investigator"]).post(reverse("gate-convene", args=[1])).status_code == 303


def test_a_withdrawn_permission_is_said_plainly_and_voided_events_stay_in_the_dossier():
    cohort = ObservedCohort().opened()
    subject = cohort.subjects[0]
    event = cohort.report(subject, onset=cohort.onset(subject, days=5))
    adverse_events.void(event=event, reason="wrong participant", by=cohort.people["investigator"], at=cohort.at)
    assert CohortClearance.objects.get(cohort__number=2).revoked_at is not None
    page = gate(cohort, "sponsor")
    text = " ".join(page.content.decode().split())
    assert "Permission to dose cohort 2 was withdrawn on" in text
    assert "wrong participant" in text
    assert [row["counts"] for row in page.context["events"]] == [False]
    assert "it was voided" in text
    assert page.context["signatures"][0]["is_valid"]


def test_page_api_and_explain_give_one_answer(cohort):
    subject = cohort.subjects[0]
    cohort.report(subject, onset=cohort.onset(subject, days=5, clock="10:00"))
    cohort.report(subject, onset=cohort.onset(subject, days=40, clock="10:00"))
    for state in (None, GateDecision.HOLD):
        if state is not None:
            review = cohort.convene()
            cohort.vote(review, "investigator", state)
            cohort.vote(review, "medicalmonitor", state)
        page = gate(cohort, "auditor")
        api = signed_in(cohort.people["auditor"]).get(reverse("api-gate", args=[1])).json()
        document = json.dumps(gate_document(cohort.assess()))
        explained = json.loads(explain(What.GATE, text=document, overrides=()))
        assert api == explained
        result = page.context["result"]
        assert (result.result, result.state) == (api["result"], api["state"])
        assert page.context["document"]["result"]["reasons"] == api["reasons"]
        assert [e["id"] for e in page.context["events"] if e["counts"]] == [e["id"] for e in api["qualifying_events"]]
    assert api["state"] == "HELD"


def test_questions_to_the_database_do_not_grow_with_the_cohort():
    cohort = ObservedCohort()
    cohort.dose()
    client = signed_in(cohort.people["investigator"])
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("gate", args=[1]))
    for subject in (cohort.dose(wait_days=14), cohort.subjects[0]):
        cohort.report(subject, onset=cohort.onset(subject, days=0))
    with CaptureQueriesContext(connection) as more:
        client.get(reverse("gate", args=[1]))
    assert len(more) <= len(one)
    assert len(one) < 35
    with CaptureQueriesContext(connection) as overview:
        assert client.get(reverse("gate-list")).status_code == 200
    assert len(overview) < 50
