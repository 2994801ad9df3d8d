"""The PDF of a gate dossier: the frozen document and nothing else, once, whatever happens to the worker."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from config.demonstration.people import proof
from reports.documents.gate_dossier import BrokenDossier, GateDossierPdf, inputs_sha256
from reports.models import Report
from reports.rules.states import ReportState
from reports.services import making, requests
from safety.models import GateReview
from safety.rules.states import GateDecision
from safety.services import gate_reviews
from tests.builders.scenario import TrialScenario
from trial import clock
from trial.models import Cohort, Notification

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def review(scenario: TrialScenario) -> GateReview:
    """An open review over one participant who was dosed and is under observation."""
    scenario.dosed()
    cohort = Cohort.objects.select_related("study").get(number=1)
    return gate_reviews.convene(cohort=cohort, by=scenario.people["investigator"], at=scenario.at)


def ask(scenario: TrialScenario, review: GateReview, by: str = "sponsor") -> Report:
    return requests.gate_dossier(review=review, by=scenario.people[by], at=scenario.at, true_now=clock.true_now())


def text_of(body: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)


def test_the_report_is_made_stored_and_hashed(scenario: TrialScenario, review: GateReview) -> None:
    report = ask(scenario, review)
    assert making.make(report.pk, at=scenario.at)
    report.refresh_from_db()
    assert report.state == ReportState.READY
    with default_storage.open(report.path) as stored:
        body = stored.read()
    assert hashlib.sha256(body).hexdigest() == report.sha256
    assert Notification.objects.filter(user=scenario.people["sponsor"], path=f"/reports/{report.pk}/").count() == 1


def test_it_holds_the_frozen_dossier_and_carries_it_along(review: GateReview) -> None:
    body = GateDossierPdf(review).render()
    reader = PdfReader(io.BytesIO(body))
    (attached,) = reader.attachments.values()
    assert attached[0].decode("utf-8") == review.dossier
    text = text_of(body)
    dossier = json.loads(review.dossier)
    assert dossier["policy"]["in_words"][:60] in " ".join(text.split())
    for expected in (dossier["subjects"][0]["code"], dossier["protocol"]["version"], dossier["result"]["verdict"]):
        assert expected in text
    assert "DEMONSTRATION" in text
    assert f"of {len(reader.pages)}" in text
    assert reader.metadata is not None
    assert "Safety gate 1" in str(reader.metadata.title)


def test_what_happens_after_the_freeze_changes_nothing_in_it(scenario: TrialScenario, review: GateReview) -> None:
    before = GateDossierPdf(review).render()
    scenario.wait(days=30)
    scenario.allocated()
    assert GateDossierPdf(GateReview.objects.get(pk=review.pk)).render() == before


def test_a_dossier_that_lost_its_hash_makes_no_document(review: GateReview) -> None:
    review.dossier = review.dossier.replace("OBSERVING", "PASSED") + " "
    with pytest.raises(BrokenDossier):
        GateDossierPdf(review).render()


def test_asked_for_twice_it_is_made_once(scenario: TrialScenario, review: GateReview) -> None:
    first, second = ask(scenario, review), ask(scenario, review, by="auditor")
    assert first.pk == second.pk
    assert making.make(first.pk, at=scenario.at)
    assert not making.make(first.pk, at=scenario.at)
    assert Report.objects.get().attempts == 1


def test_votes_stay_unseen_until_the_decision_and_signatures_follow_it(
    scenario: TrialScenario, review: GateReview
) -> None:
    _vote(scenario, review, by="medicalmonitor")
    review = GateReview.objects.get(pk=review.pk)
    monitor = scenario.people["medicalmonitor"].printed_name
    undecided = inputs_sha256(review)
    assert monitor not in text_of(GateDossierPdf(review).render())
    _vote(scenario, review, by="investigator")
    review = GateReview.objects.get(pk=review.pk)
    signed = text_of(GateDossierPdf(review).render()).split("Decision and signatures")[1]
    for vote in review.votes.select_related("signature"):
        assert vote.signature.printed_name in signed
        assert vote.signature.content_sha256[:20] in signed.replace("\n", "")
    assert monitor in signed
    assert "BROKEN" not in signed
    assert "Decision: HOLD" in signed
    assert inputs_sha256(review) != undecided


def _vote(scenario: TrialScenario, review: GateReview, *, by: str) -> None:
    gate_reviews.vote(
        review=review,
        decision=GateDecision.HOLD,
        rationale="The visits of day 28 are not recorded.",
        proof=proof(scenario.people[by], review.dossier_sha256),
        at=scenario.at,
    )


def test_a_report_of_a_dead_worker_is_taken_up_again(scenario: TrialScenario, review: GateReview) -> None:
    """RUNNING without the lock of a living session is what a killed worker leaves."""
    report = ask(scenario, review)
    with making._claimed(report.pk, at=scenario.at) as claimed:
        assert claimed is not None
    assert Report.objects.get().state == ReportState.RUNNING
    making.revive(at=scenario.at)
    assert Report.objects.get().state == ReportState.QUEUED
    assert making.make(report.pk, at=scenario.at)


def test_a_report_that_kills_its_worker_is_given_up_visibly(scenario: TrialScenario, review: GateReview) -> None:
    report = ask(scenario, review)
    for _ in range(making.ATTEMPTS):
        with making._claimed(report.pk, at=scenario.at) as claimed:
            assert claimed is not None
        making.revive(at=scenario.at)
    report.refresh_from_db()
    assert report.state == ReportState.FAILED
    assert "3 times" in report.error


def test_no_lock_stays_behind(scenario: TrialScenario, review: GateReview) -> None:
    report = ask(scenario, review)
    making.make(report.pk, at=scenario.at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone()[0] == 0


def test_the_sponsor_asks_waits_and_downloads(client: Client, scenario: TrialScenario, review: GateReview) -> None:
    client.force_login(scenario.people["sponsor"], backend=BACKEND)
    offer = client.get(reverse("gate-dossier-pdf", args=[review.pk]))
    assert b"Make the PDF" in offer.content
    asked = client.post(reverse("gate-dossier-pdf", args=[review.pk]))
    report = Report.objects.get()
    assert asked["Location"] == reverse("report", args=[report.pk])
    assert b"hx-get" in client.get(reverse("report-progress", args=[report.pk])).content
    assert client.get(reverse("report-download", args=[report.pk])).status_code == 404
    making.make(report.pk, at=scenario.at)
    assert b"hx-get" not in client.get(reverse("report-progress", args=[report.pk])).content
    ready = client.get(reverse("gate-dossier-pdf", args=[review.pk]), follow=True)
    body = b"".join(ready.streaming_content)
    assert ready["Content-Type"] == "application/pdf"
    assert body.startswith(b"%PDF-")


def test_the_administrator_gets_no_report(client: Client, scenario: TrialScenario, review: GateReview) -> None:
    client.force_login(scenario.people["admin"], backend=BACKEND)
    assert client.get(reverse("report-list")).status_code == 403
    assert client.post(reverse("gate-dossier-pdf", args=[review.pk])).status_code == 403
    assert not Report.objects.exists()


def test_anybody_can_verify_a_file_and_a_changed_byte_is_found(
    client: Client, scenario: TrialScenario, review: GateReview
) -> None:
    report = ask(scenario, review)
    making.make(report.pk, at=scenario.at)
    report.refresh_from_db()
    with default_storage.open(report.path) as stored:
        body = stored.read()
    address = reverse("report-verify")

    def upload(content: bytes) -> str:
        return client.post(address, {"document": io.BytesIO(content)}).content.decode()

    assert "Genuine" in upload(body)
    assert "Not known here" in upload(body[:-1] + bytes([body[-1] ^ 1]))
    assert "Genuine" in client.post(address, {"sha256": report.sha256.upper()}).content.decode()
    assert "64 hexadecimal digits" in client.post(address, {"sha256": "abc"}).content.decode()
    assert "Choose the file" in client.post(address, {}).content.decode()


def test_the_list_of_reports_costs_the_same_however_many_there_are(
    client: Client, scenario: TrialScenario, review: GateReview, django_assert_max_num_queries: object
) -> None:
    ask(scenario, review)
    client.force_login(scenario.people["sponsor"], backend=BACKEND)
    with django_assert_max_num_queries(20):  # type: ignore[operator]  # a fixture
        client.get(reverse("report-list"))


def test_waiting_in_the_queue_is_no_reason_to_knock_without_end(scenario: TrialScenario, review: GateReview) -> None:
    ask(scenario, review)
    assert making.revive(at=scenario.at + timedelta(days=1)) == 1
