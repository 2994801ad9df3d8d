"""The demonstration trial, as a visitor finds it."""

import json

from django.core.management import call_command

from enrollment.models import Subject
from followup.models import Visit
from safety.models import AdverseEvent, GateReview
from safety.selectors.gate import gate_result
from trial import clock
from trial.models import Cohort, CohortClearance, Deployment, Notification


def test_the_story_ends_one_signature_short_of_opening_cohort_2(committed_db):
    call_command("demo_seed")
    at = clock.now()
    assert at <= clock.true_now()
    assert Deployment.objects.get().is_demonstration

    cohort = Cohort.objects.get(number=1)
    result = gate_result(cohort, at=at)
    assert result.result == "PASSED", result.reasons
    review = GateReview.objects.get(cohort=cohort)
    assert [vote.role for vote in review.votes.all()] == ["medical_monitor"]
    assert json.loads(review.dossier)["cohort"]["number"] == 1
    assert not CohortClearance.objects.filter(cohort__number=2).exists()

    states = sorted(Subject.objects.values_list("state", flat=True))
    assert states == ["ELIGIBLE", "FOLLOW_UP", "FOLLOW_UP", "FOLLOW_UP", "SCREENING", "SCREEN_FAILED"]
    assert AdverseEvent.objects.count() == 1
    assert Visit.objects.filter(code="M3", state="PLANNED", closes_at__lt=at).count() == 1
    assert Notification.objects.filter(key__startswith="gate").exists()


def test_telling_it_twice_changes_nothing(committed_db):
    call_command("demo_seed")
    subjects = Subject.objects.count()
    call_command("demo_seed")
    assert Subject.objects.count() == subjects
