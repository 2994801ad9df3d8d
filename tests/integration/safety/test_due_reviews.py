"""The review of a gate falls due by itself and is announced once, with what it still lacks."""

import pytest

from tests.builders.observed_cohort import ObservedCohort
from trial.models import CohortClearance, DueItem, Notification

pytestmark = pytest.mark.django_db


def reviews():
    return DueItem.objects.filter(kind="gate_review", cancelled_at__isnull=True)


def test_the_review_is_planned_for_midnight_after_the_last_window():
    cohort = ObservedCohort()
    cohort.dose()
    cohort.dose(wait_days=14)
    assert not reviews().exists()
    cohort.dose(wait_days=7)
    item = reviews().get()
    assert item.due_at == cohort.assess().result.earliest_review_at
    assert item.reference == str(cohort.cohort.pk)


def test_on_day_29_everybody_concerned_is_told_once_what_still_lacks():
    cohort = ObservedCohort().dosed()
    cohort.move_to(reviews().get().due_at)
    cohort.sweep()
    cohort.sweep()
    told = Notification.objects.filter(key__startswith="gate:")
    assert set(told.values_list("user__username", flat=True)) == {
        "investigator",
        "medicalmonitor",
        "coordinator",
        "sponsor",
    }
    body = told.first().body
    assert "NOT_READY" in body
    assert "D28 visit is not done" in body
    assert told.count() == 4


def test_the_first_cohort_opens_with_the_activation_of_the_site():
    cohort = ObservedCohort()
    clearance = CohortClearance.objects.get()
    assert (clearance.cohort, clearance.basis) == (cohort.cohort, "FIRST_COHORT")
