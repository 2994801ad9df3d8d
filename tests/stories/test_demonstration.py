"""The demonstration trial, as a visitor finds it, and as it goes on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from config import tasks
from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import Infusion, ProductLot
from enrollment.models import Subject
from followup.models import Visit
from safety.models import AdverseEvent, GateReview
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision, Relationship
from safety.selectors.gate import gate_result
from safety.services import adverse_events, gate_reviews
from trial import clock
from trial.errors import RuleViolation
from trial.models import Cohort, CohortClearance, Deployment, ElectronicSignature, Notification, User
from trial.services.demonstration import advance


@pytest.fixture
def people(told_db):
    return {user.username: user for user in User.objects.all()}


def test_it_is_one_signature_short_of_opening_cohort_2(people):
    at = clock.now()
    assert at <= clock.true_now()
    assert Deployment.objects.get().is_demonstration
    assert gate_result(Cohort.objects.get(number=1), at=at).result is Verdict.PASSED

    review = GateReview.objects.get()
    assert [vote.role for vote in review.votes.all()] == ["medical_monitor"]
    assert json.loads(review.dossier)["cohort"] == 1
    assert not CohortClearance.objects.filter(cohort__number=2).exists()

    states = sorted(Subject.objects.values_list("state", flat=True))
    assert states == sorted(
        ["ELIGIBLE", "FOLLOW_UP", "FOLLOW_UP", "FOLLOW_UP", "SCREENING", "SCREEN_FAILED", "SCREEN_FAILED", "WITHDRAWN"]
    )
    assert AdverseEvent.objects.count() == 1
    assert Visit.objects.filter(code="M3", state="PLANNED", closes_at__lt=at).count() == 1
    assert Notification.objects.filter(key__startswith="gate").exists()


def test_telling_it_twice_changes_nothing(people):
    subjects = Subject.objects.count()
    call_command("demo_seed")
    assert Subject.objects.count() == subjects


def test_the_missing_signature_opens_cohort_2_and_a_late_event_closes_it_again(people):
    """Given the demonstration; when the investigator signs, cohort 2 opens, and its first subject is dosed.

    When an event of cohort 1 is reported late, the opening is withdrawn, and nobody else in cohort 2 is dosed.
    """
    waiting = Subject.objects.get(state="ELIGIBLE")
    with pytest.raises(RuleViolation) as closed:
        bedside.allocate(waiting, people, at=clock.now())
    assert closed.value.decision.codes == ("ALC-COHORT-CLOSED",)

    review = GateReview.objects.get()
    gate_reviews.vote(
        review=review,
        decision=GateDecision.PROCEED,
        rationale="Dossier read; no event in the windows.",
        proof=proof(people["investigator"], review.dossier_sha256),
        at=clock.now(),
    )
    assert CohortClearance.objects.get(cohort__number=2).revoked_at is None

    bedside.allocate(waiting, people, at=clock.now())
    lot = ProductLot.objects.get(state="RELEASED")
    first = bedside.prepare(waiting, people, number=1, lot=lot, at=clock.now())
    first = bedside.start(first, people, at=clock.now())

    entry = AdverseEventEntry(
        reported_term="Headache",
        ctcae_term="Headache",
        onset=Subject.objects.get(code="CMUH-002").infusions.get().started_at.date().isoformat(),
        aware_at=clock.now(),
        grade=1,
        relationship=Relationship.UNRELATED,
    )
    adverse_events.record(
        subject=Subject.objects.get(code="CMUH-002"), entry=entry, by=people["investigator"], at=clock.now()
    )
    clearance = CohortClearance.objects.get(cohort__number=2)
    assert clearance.revoked_at is not None
    assert Infusion.objects.get(pk=first.pk).state == "RUNNING"
    bedside.complete(first, people, at=clock.now())

    interval = waiting.protocol_version.definition.regimen.interval_days
    advance(step=timedelta(days=interval), by=people["admin"])
    tasks.run()
    second = bedside.prepare(waiting, people, number=2, lot=lot, at=clock.now())
    with pytest.raises(RuleViolation) as refused:
        bedside.start(second, people, at=clock.now())
    assert refused.value.decision.codes == ("DOS-COHORT-REVOKED",)


def test_the_second_chapter_leaves_an_infusion_in_progress(people):
    call_command("demo_chapter")

    running = Infusion.objects.get(state="RUNNING")
    assert running.subject.allocation.slot.cohort.number == 2
    assert clock.now() - running.started_at >= timedelta(minutes=20)
    assert {each.point for each in running.vital_signs.all()} == {"S-15", "S+0", "S+15"}
    assert sorted(vote.role for vote in GateReview.objects.get().votes.all()) == [
        "medical_monitor",
        "principal_investigator",
    ]
    assert {signature.method for signature in ElectronicSignature.objects.filter(signer=people["investigator"])} == {
        "demonstration"
    }


def test_the_second_chapter_is_told_once_and_takes_up_what_the_visitor_did(people):
    waiting = Subject.objects.get(state="ELIGIBLE")
    review = GateReview.objects.get()
    gate_reviews.vote(
        review=review,
        decision=GateDecision.HOLD,
        rationale="To be discussed with the board.",
        proof=proof(people["investigator"], review.dossier_sha256),
        at=clock.now(),
    )
    with pytest.raises(CommandError, match="cohort 2"):
        call_command("demo_chapter")
    waiting.refresh_from_db()
    assert waiting.state == "ELIGIBLE"
