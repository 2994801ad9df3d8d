"""G34: two people allocate the last slot of a cohort at once. Exactly one gets it; the other learns why not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from enrollment.models import Allocation, Subject
from enrollment.rules.states import SubjectState
from enrollment.services import allocations
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from trial import clock
from trial.errors import RuleViolation
from trial.models import User

WAIT_SECONDS = 20.0


def allocate(subject: Subject, username: str, barrier: threading.Barrier) -> tuple[str, ...]:
    """The codes of the refusal; none: the slot is this subject's."""
    try:
        by = User.objects.get(username=username)
        barrier.wait(WAIT_SECONDS)
        allocations.allocate(subject=subject, by=by, at=clock.now())
    except RuleViolation as refusal:
        return refusal.decision.codes
    finally:
        connection.close()
    return ()


def at_once(*acts: tuple[Subject, str]) -> list[tuple[str, ...]]:
    barrier = threading.Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        outcomes = [pool.submit(allocate, subject, who, barrier) for subject, who in acts]
        return [outcome.result(WAIT_SECONDS) for outcome in outcomes]


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_subjects_exactly_one_gets_the_last_slot(committed_db: Clone, attempt: int):
    scenario = TrialScenario()
    scenario.allocated()
    scenario.allocated()
    one, other = scenario.eligible(), scenario.eligible()
    results = at_once((one, "coordinator"), (other, "investigator"))
    assert sorted(results) == [(), ("ALC-COHORT-CLOSED",)]
    winner, loser = (one, other) if results[0] == () else (other, one)
    assert Allocation.objects.get(subject=winner).slot.label == "C1-3"
    assert not Allocation.objects.filter(subject=loser).exists()
    assert Subject.objects.get(pk=loser.pk).state == SubjectState.ELIGIBLE
    assert Allocation.objects.count() == 3


def test_of_two_people_exactly_one_allocates_the_same_subject(committed_db: Clone):
    scenario = TrialScenario()
    subject = scenario.eligible()
    results = at_once((subject, "coordinator"), (subject, "investigator"))
    assert sorted(results) == [(), ("ALC-STATE",)]
    assert Allocation.objects.get().slot.label == "C1-1"
