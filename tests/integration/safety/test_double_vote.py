"""Two signatories vote at the same moment."""

import threading

from django.db import connection

from tests.builders.observed_cohort import ObservedCohort
from trial.models import CohortClearance, ElectronicSignature


def test_two_last_votes_at_once_open_the_cohort_exactly_once(committed_db):
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    at = cohort.at
    barrier = threading.Barrier(2)
    failures = []

    def vote(who):
        try:
            barrier.wait(10)
            cohort.vote(review, who)
        except Exception as failure:
            failures.append((who, failure))
        finally:
            connection.close()

    threads = [threading.Thread(target=vote, args=(who,)) for who in ("investigator", "medicalmonitor")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    review.refresh_from_db()
    assert review.decision == "PROCEED"
    assert review.decided_at >= at
    assert CohortClearance.objects.filter(cohort=cohort.cohort_number(2), revoked_at__isnull=True).count() == 1
    assert ElectronicSignature.objects.filter(meaning="gate_decision").count() == 2


def test_one_person_in_two_sessions_votes_once(committed_db):
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    barrier = threading.Barrier(2)
    outcomes = []

    def vote():
        try:
            barrier.wait(10)
            cohort.vote(review, "investigator")
            outcomes.append("signed")
        except Exception as failure:
            outcomes.append(type(failure).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=vote) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["RuleViolation", "signed"]
